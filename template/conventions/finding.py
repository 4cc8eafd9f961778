"""What a check finds, as one line, for GitHub or as SARIF."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .config import project

LINE = re.compile(
    r"^(?:E\s+)?(?P<rule>[A-Z]\d\d) (?P<place>\S+): (?P<wrong>.+?); (?P<instead>.+)"
    r" \(see \S+#(?P=rule)\)$"
)


@dataclass(frozen=True)
class Finding:
    """A rule that is broken. `place` is `path:line` where there is one, else a name."""

    rule: str
    place: str
    wrong: str
    instead: str

    def __str__(self) -> str:
        see = f"see {project().docs}#{self.rule}"
        return f"{self.rule} {self.place}: {self.wrong}; {self.instead} ({see})"

    @property
    def file(self) -> str:
        """Return the path of its place."""
        return self.place.rpartition(":")[0] or self.place

    @property
    def line(self) -> int:
        """Return the line of its place, the first of what has none."""
        line = self.place.rpartition(":")[2]
        return int(line) if line.isdecimal() else 1


def findings_in(text: str) -> list[Finding]:
    """Read the findings of a text, such as the report of a test."""
    return [Finding(**found.groupdict()) for found in map(LINE.match, text.splitlines()) if found]


def formatted(findings: Iterable[Finding], style: str) -> str:
    """Return findings as "text", "github" (annotations) or "sarif" (2.1.0)."""
    if style == "sarif":
        return json.dumps(_sarif(list(findings)), indent=2)
    if style == "github":
        return "\n".join(
            f"::error file={one.file},line={one.line},title={one.rule}::{one.wrong}; {one.instead}"
            for one in findings
        )
    return "\n".join(map(str, findings))


def _sarif(findings: list[Finding]) -> dict[str, object]:
    docs = project().docs
    rules = [
        {"id": rule, "helpUri": f"{docs}#{rule}"} for rule in sorted({one.rule for one in findings})
    ]
    results = [
        {
            "ruleId": one.rule,
            "level": "error",
            "message": {"text": f"{one.wrong}; {one.instead}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.file},
                        "region": {"startLine": one.line},
                    }
                }
            ],
        }
        for one in findings
    ]
    tool = {"driver": {"name": "conventions", "rules": rules}}
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    runs = [{"tool": tool, "results": results}]
    return {"$schema": schema, "version": "2.1.0", "runs": runs}
