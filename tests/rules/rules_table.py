"""The table of rules in README.md; run as a program, it writes it (`make rules`)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from rules.plants.everything import all_plants
from rules.test_good_code import GOOD

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
ENTRY = re.compile(r"(?ms)^### (?P<rule>[A-Z]\d\d)$.*?^\*\*(?P<says>[^*]+)\*\*")
ADVICE = {"M23", "Q09", "T02", "X01"}  # what no tool can check
BEGIN, END = "<!-- rules -->\n", "<!-- end of the rules -->"


def rules() -> dict[str, str]:
    """Every rule that some project has, and what it says."""
    text = (ROOT / "template/CONVENTIONS.md").read_text("utf-8")
    text = re.sub(r"{{.*?}}", "", text)
    return {
        entry["rule"]: " ".join(entry["says"].split()) for entry in ENTRY.finditer(text)
    }


def table() -> Iterator[str]:
    """The lines of the table."""
    instruments = defaultdict(set)
    planted: Counter[str] = Counter()
    for plant in all_plants():
        instruments[plant.rule].add(plant.instrument)
        planted[plant.rule] += 1
    held = len(rules().keys() - ADVICE)
    yield f"{held} of {len(rules())} rules are held by a tool, the others are advice. Of"
    yield f"{planted.total()} planted faults all are found; {len(GOOD)} pieces of good but unusual"
    yield "code raise no alarm. Each number is a test that fails otherwise."
    yield ""
    yield "<details><summary>The rules</summary>"
    yield ""
    yield "| rule | | held by | planted, found | false alarms |"
    yield "|---|---|---|---|---|"
    for rule, says in rules().items():
        by = ", ".join(sorted(instruments[rule])) or "construction"
        numbers = f"{planted[rule] or ''} | {0 if rule in planted else ''}"
        yield f"| {rule} | {says} | {'advice' if rule in ADVICE else by} | {numbers} |"
    yield ""
    yield "</details>"
    yield ""


def with_table(text: str) -> str:
    """README.md with the table as it should be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n".join(table()) + END + after


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
