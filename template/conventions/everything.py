"""All checks, those of models, routes and migrations too: the application is imported."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from . import baseline
from .finding import Finding
from .hints import hint, place_in
from .migrations import history, locks, schema, steps  # noqa: F401 (they register checks)
from .models import classes, columns, mapped, relationships  # noqa: F401 (checks)
from .routes import routes
from .rules import CHECKS, INSTRUMENTS, checks, is_on
from .running import found_in_texts, new, not_waived, run, used
from .waivers import unused


def _imported() -> Iterator[Finding]:
    things: dict[str, Iterable[Any]] = {
        "models": [None],
        "table": mapped.tables(),
        "mapper": mapped.mappers(),
        "relationship": [
            one
            for mapper in mapped.mappers()
            for one in mapper.relationships
            if one.parent is mapper
        ],
        "route": routes(),
    }
    for over, many in things.items():
        for check in checks(over):
            for thing in many:
                yield from run(check, thing)


@cache
def found_in_imported() -> tuple[Finding, ...]:
    """Return what is found in models and routes."""
    try:
        return tuple(not_waived(_imported()))
    except Exception as error:  # noqa: BLE001 (the application may raise any)
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        wrong = f"the application cannot be imported: {said.replace(';', ',')}"
        finding = Finding("G02", place_in(error.__traceback__), wrong, "mend it")
        return (hint(error) or finding,)


def rules() -> list[str]:
    """Return the rules that have a check which needs no other test, migrations last."""
    at_once = {one.rule for one in CHECKS if one.over != "migrations"}
    at_once |= {rule for rule, by in INSTRUMENTS.items() if by & {"ast-grep", "ruff"}}
    gate = {one.rule for one in CHECKS if one.over == "migrations"} - at_once
    return [*filter(is_on, sorted(at_once)), *filter(is_on, sorted(gate))]


def found_by(rule: str) -> list[Finding]:
    """Return what all checks of a rule find that is new."""
    findings = [one for one in (*found_in_texts(), *found_in_imported()) if one.rule == rule]
    for check in checks("migrations"):
        if check.rule == rule:
            findings.extend(not_waived(run(check, None)))
    if rule == "X04":
        findings.extend(unused(used, mapped.searched_by()))
    return new(findings)


def mended() -> list[str]:
    """Return what the baseline has for nothing; what only tests find is not known here."""
    there = not_waived((*found_in_texts(), *found_in_imported()))
    gate = {one.rule for one in checks("migrations")}
    return baseline.mended(there, set(rules()) - gate)
