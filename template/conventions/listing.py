"""`pytest --conventions`: every rule, what holds it, and every waiver in force."""

from collections.abc import Iterator

from .baseline import known
from .config import project
from .rules import CHECKS, INSTRUMENTS, explained
from .waivers import Waiver, waivers

NAMES = {
    "module": "source",
    "project": "source",
    "migrations": "migrations",
    "route": "routes",
}


def instruments(rule: str) -> list[str]:
    """Return what holds a rule: "source", "models", "guard" …; nothing for advice."""
    found = {NAMES.get(one.over, "models") for one in CHECKS if one.rule == rule}
    return sorted(found | INSTRUMENTS.get(rule, set()))


def listed() -> Iterator[str]:
    """Yield the lines of the list; the waivers of other tools' rules come last."""
    left, held = list(waivers()), 0
    for rule, says in explained().items():
        by = instruments(rule)
        held += bool(by)
        yield f"{rule}  {says}  [{', '.join(by) or 'advice'}]"
        if why := project().off.get(rule):
            yield f"     off: {why}"
        if old := sum(n for line, n in known().items() if line.startswith(rule)):
            yield f"     {old} in the baseline"
        for waiver in waivers():
            if waiver.rule == rule:
                left.remove(waiver)
                yield f"     waived at {_told(waiver)}"
    off, old = len(project().off), known().total()
    yield (
        f"\n{len(explained())} rules, {held} held by a tool; {off} off, {old} in the baseline, "
        f"{len(waivers())} waivers; of the tools' own rules:"
    )
    yield from (f"     {waiver.rule} waived at {_told(waiver)}" for waiver in left)


def _told(waiver: Waiver) -> str:
    """Say where a waiver is, and why."""
    return f"{waiver.place}: {waiver.why} ({waiver.tool})"
