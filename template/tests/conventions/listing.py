"""`pytest --conventions`: every rule, what checks it, and every waiver in force.

A plugin of pytest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from .sources import ROOT
from .waivers import Waiver, waivers

RULE = re.compile(r"(?ms)^### (?P<id>[A-Z]\d\d)\n\n\*\*(?P<says>.+?)\*\*")
CHECK = re.compile(r"(?ms)^(Checked by .+?|No tool .+?)(?=\n\n|\Z)")


@dataclass(frozen=True)
class Rule:
    """A rule of CONVENTIONS.md."""

    id: str
    says: str
    check: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--conventions",
        action="store_true",
        help="list the rules of CONVENTIONS.md and their waivers, and run nothing",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    line = "waive(rule, why): the rule does not hold in this test"
    config.addinivalue_line("markers", line)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """List instead of running, if asked to."""
    if not config.getoption("conventions"):
        return None
    print("\n".join(listed(rules(), waivers())))
    return 0


def rules() -> list[Rule]:
    """Read the rules of CONVENTIONS.md."""
    text = (ROOT / "CONVENTIONS.md").read_text("utf-8")
    found = list(RULE.finditer(text))
    ends = [rule.start() for rule in found[1:]] + [len(text)]
    return [
        Rule(rule["id"], flat(rule["says"]), flat(check[0]))
        for rule, end in zip(found, ends, strict=True)
        if (check := CHECK.search(text, rule.end(), end))
    ]


def flat(text: str) -> str:
    """Put a paragraph on one line, without its markup."""
    return " ".join(text.replace("`", "").split())


def listed(rules: list[Rule], waivers: list[Waiver]) -> Iterator[str]:
    """Yield the lines of the list; other tools' waivers come last."""
    left = list(waivers)
    for rule in rules:
        yield f"{rule.id}  {rule.says}\n     {rule.check}"
        for waiver in waivers:
            if waiver.rule.startswith(rule.id):
                left.remove(waiver)
                yield f"     waived at {told(waiver)}"
    yield f"\n{len(rules)} rules, {len(waivers)} waivers; of the tools' own rules:"
    yield from (f"     {waiver.rule} waived at {told(waiver)}" for waiver in left)


def told(waiver: Waiver) -> str:
    """Say where a waiver is, and why."""
    return f"{waiver.place}: {waiver.why} ({waiver.tool})"
