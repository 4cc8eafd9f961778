"""Running the checks of texts: what they find, less what is waived or was there before."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from . import baseline
from .finding import Finding
from .places import PARTS, modules, place
from .rules import Check, checks, is_on
from .source import comments, layers, names, queries, sessions  # noqa: F401 (checks)
from .source.module import Module, module
from .source.tools import found_by_ast_grep, found_by_ruff
from .waivers import Waiver, waived

used: set[Waiver] = set()


def run(check: Check, thing: Any) -> Iterator[Finding]:
    """Run a check on one thing."""
    for where, wrong, instead in check.function(thing):
        if isinstance(thing, Module):
            line = where if isinstance(where, int) else getattr(where, "lineno", 1)
            where = place(thing.path, line)
        yield Finding(check.rule, where, wrong, instead)


def _texts() -> Iterator[Finding]:
    for check in checks("project"):
        yield from run(check, None)
    over = checks("module")
    for path in modules(*PARTS):
        try:
            one = module(path)
        except SyntaxError:
            continue  # Python itself tells of it
        for check in over:
            if one.part in check.parts:
                yield from run(check, one)
    yield from found_by_ast_grep()
    yield from found_by_ruff()


@cache
def found_in_texts() -> tuple[Finding, ...]:
    """Return what is found without importing anything."""
    once = {(one.rule, one.place): one for one in reversed(list(_texts()))}
    return tuple(not_waived(reversed(once.values())))


def not_waived(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is off or waived."""
    for finding in dict.fromkeys(findings):
        if not is_on(finding.rule):
            continue
        if by := waived(finding):
            used.update(by)
        else:
            yield finding


def new(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order of their places, without those of the baseline."""
    ordered = sorted(findings, key=lambda one: (one.file, one.line, one.rule))
    return baseline.without_known(ordered)
