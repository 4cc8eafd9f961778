"""What is found: as a line, for GitHub, as SARIF; and what of it was there before the rules."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from .project import project

IN_TESTS = " (in tests)"
# What a check yields: the rule, where it is broken, what is wrong (and, behind a semicolon,
# what to do, if that is not what the rule says).
Found = Iterator[tuple[str, Any, str]]


@dataclass(frozen=True)
class Finding:
    """A rule that is broken. `place` is `path:line` where there is one, else a name."""

    rule: str
    place: str
    says: str

    @property
    def message(self) -> str:
        rule = project().rules.get(self.rule, "?")
        return self.says if "; " in self.says else f"{self.says}; {rule[0].lower()}{rule[1:]}"

    def __str__(self) -> str:
        docs = project().docs
        return f"{self.rule} {self.place}: {self.message} (see {docs}#{self.rule})"

    @property
    def file(self) -> str:
        return self.place.rpartition(":")[0] or self.place

    @property
    def line(self) -> int:
        """Return the line of its place, the first of what has none."""
        line = self.place.rpartition(":")[2]
        return int(line) if line.isdecimal() else 1

    def key(self, *, in_tests: bool = False) -> str:
        """Return what the baseline knows it by: no line, since lines move."""
        wrong = self.says.partition("; ")[0]
        return f"{self.rule} {self.file}: {wrong}{IN_TESTS if in_tests else ''}"


def formatted(findings: Iterable[Finding], style: str) -> str:
    """Return findings as "text", "github" (annotations) or "sarif" (2.1.0)."""
    if style == "github":
        line = "::error file={0.file},line={0.line},title={0.rule}::{0.message}"
        return "\n".join(map(line.format, findings))
    return _sarif(findings) if style == "sarif" else "\n".join(map(str, findings))


def _sarif(findings: Iterable[Finding]) -> str:
    def where(one: Finding) -> dict[str, Any]:
        region = {"startLine": one.line}
        return {"physicalLocation": {"artifactLocation": {"uri": one.file}, "region": region}}

    results = [
        {"ruleId": one.rule, "level": "error", "message": {"text": one.message}}
        | {"locations": [where(one)]}
        for one in findings
    ]
    runs = [{"tool": {"driver": {"name": "conventions"}}, "results": results}]
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": runs}, indent=2)


class Baseline:
    """What was found when the rules came, and is left until somebody fixes it."""

    in_use = True  # not while it is written

    @property
    def file(self) -> Any:
        return project().root / ".conventions-baseline"

    @cache  # noqa: B019 (there is one)
    def lines(self) -> Counter[str]:
        return Counter(self.file.read_text("utf-8").splitlines() if self.file.exists() else ())

    def known(self) -> Counter[str]:
        return self.lines() if self.in_use else Counter()

    def new(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings by their places, less as many of a kind as there were."""
        left, new = self.known().copy(), []
        for one in sorted(findings, key=lambda one: (one.file, one.line, one.rule)):
            left[one.key()] -= 1
            if left[one.key()] < 0:
                new.append(one)
        return new

    def fixed(self, findings: Iterable[Finding], rules: set[str]) -> list[str]:
        left = self.known() - Counter(one.key() for one in findings)
        return [ln for ln in left.elements() if ln[:3] in rules and not ln.endswith(IN_TESTS)]

    def write(self, keys: Iterable[str]) -> int:
        """Write it; one that is there only shrinks. Returns how many it has."""
        found = Counter(keys) & self.lines() if self.file.exists() else Counter(keys)
        self.file.write_text("".join(f"{key}\n" for key in sorted(found.elements())), "utf-8")
        return found.total()


baseline = Baseline()
