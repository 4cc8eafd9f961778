"""The table of rules, docs/rules.md; run as a program, it writes it (`make rules`)."""

import re
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from rules.plants.everything import all_plants
from rules.plants.hurried import ELSEWHERE, MISSED, OF_MODELS, OF_ROUTES, OF_TEXTS
from rules.test_good_code import GOOD, WITHOUT_WAIVERS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs/rules.md"
EXPLAINED = "../examples/postgresql-fastapi-async/CONVENTIONS.md"
PACKAGE = ROOT / "template/conventions"
ENTRY = re.compile(r'(?m)^### <a id="\w+"></a>(?P<rule>[A-Z]\d\d) (?P<says>.+)$')
ADVICE = {"E08", "G09", "M23", "Q09", "T02"}  # what no tool can check


def rules() -> dict[str, str]:
    """Every rule that some project has, and what it says."""
    text = (ROOT / "template/CONVENTIONS.md").read_text("utf-8")
    text = re.sub(r"{{ 'a 503'.*?}}", "a 503", text)
    return {entry["rule"]: entry["says"] for entry in ENTRY.finditer(text)}


@cache
def instruments() -> dict[str, set[str]]:
    """What holds each rule, as the package itself tells."""
    sys.path.insert(0, str(PACKAGE.parent))
    try:
        from conventions.project import held

        return {rule: set(by) for rule, by in held().items()}
    finally:
        sys.path.remove(str(PACKAGE.parent))


def table() -> str:
    """The page."""
    planted: Counter[str] = Counter(plant.rule for plant in all_plants())
    alarms: defaultdict[str, int] = defaultdict(int)  # a test fails otherwise
    held = len(rules().keys() - ADVICE)
    new = len({*OF_TEXTS, *OF_MODELS, *OF_ROUTES, *ELSEWHERE})
    lines = [
        "# The rules, and what holds them",
        "",
        "Written by `make rules` from what the tests plant. A rendered project explains each rule",
        f"in its [CONVENTIONS.md]({EXPLAINED}).",
        "",
        f"{held} of {len(rules())} rules are held by a tool, the others are advice. All of",
        f"{planted.total()} planted faults are found, by the id of their rule and their place.",
        f"Of {len(GOOD)} pieces of good but unusual code none raises an alarm; {len(WITHOUT_WAIVERS)}",
        "of them have no waiver.",
        f"Of {new + len(MISSED)} mistakes that engineers in a hurry made, without a look at the rules,",
        f"{new} are found, as they were written again here from their descriptions. Not found:",
        "",
        *(f"- {number}: {why}" for number, why in MISSED.items()),
        "",
        "| rule | what it says | held by | planted, found | alarms on good code |",
        "|---|---|---|---|---|",
    ]
    for rule, says in rules().items():
        by = ", ".join(sorted(instruments().get(rule, ()))) or "advice"
        numbers = f"{planted[rule] or ''} | {alarms[rule] if planted[rule] else ''}"
        escaped = says.replace("|", r"\|")
        lines.append(f"| {rule} | {escaped} | {by} | {numbers} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
