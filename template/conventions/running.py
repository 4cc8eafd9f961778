"""Running the checks: what they find, less what is off, waived, or was there before."""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from . import baseline
from .config import project
from .finding import Finding
from .git import on_main
from .places import PARTS, modules, place
from .rules import Found, held, is_on
from .source import queries, rest, sessions
from .source.module import Module, module
from .tools import found_by_ast_grep, found_by_ruff
from .waivers import Waiver, unused, waived

CHECKS: tuple[Callable[[Module], Found], ...] = (
    *(sessions.calls, sessions.sharing, sessions.errors),
    *(queries.calls, queries.others, queries.routes),
    *(rest.bans, rest.calls, rest.nodes, rest.layers),
)
# Which parts of the project a rule looks at, if not only at the package.
ALSO = {
    **dict.fromkeys("S02 S03 S04 S05 S08 S09 S14 S19 E01 E02 E03 E05 E08".split(), "data"),
    **dict.fromkeys("M16 Q02 Q04 Q12 Q17 Q23 S01".split(), "data"),
    **{"Q10": "data revision", "Q01": "tests", "Q16": "tests", "X04": "data tests env revision"},
}
ONLY = {"T01": "tests", "T03": "tests", "G06": "revision"}
GATE = ("G05", "G08", "G10", "G11", "G13", "G14", "G16")
used: set[Waiver] = set()


def findings(found: Found) -> Iterator[Finding]:
    """Make findings of what a check yields; `where` is a place already."""
    return (Finding(rule, where, wrong, instead) for rule, where, wrong, instead in found)


def _in_module(one: Module) -> Iterator[Finding]:
    session = project().source / (project().session.replace(".", "/") + ".py")
    for check in CHECKS:
        for rule, where, wrong, instead in check(one):
            edge = rule == "S05" and one.path == session
            parts = ONLY.get(rule) or f"src {ALSO.get(rule)}"
            if one.part in parts.split() and not edge:
                line = where if isinstance(where, int) else getattr(where, "lineno", 1)
                yield Finding(rule, place(one.path, line), wrong, instead)


def in_texts() -> Iterator[Finding]:
    """Yield what is found without importing anything; of a place, a rule only once."""
    yield from findings(rest.settings())
    for path in modules(*PARTS):
        yield from _in_module(module(path))
    yield from found_by_ast_grep()
    yield from found_by_ruff()


def in_imported() -> Iterator[Finding]:
    """Yield what is found in models and routes: the application is imported."""
    from .hints import hint, place_in
    from .models import classes, mapped, relationships, tables
    from .routes import of_route, routes

    try:
        yield from findings(tables.of_base())
        yield from findings(classes.not_imported())
        for table in mapped.tables():
            yield from findings(tables.of_table(table))
        for mapper in mapped.mappers():
            yield from findings(classes.of_mapper(mapper))
            for one in mapper.relationships:
                if one.parent is mapper:
                    yield from findings(relationships.of_relationship(one))
        for route in routes():
            yield from findings(of_route(route))
    except (Exception, SystemExit) as error:  # noqa: BLE001 (the application may raise any)
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        wrong = f"the application cannot be imported: {said.replace(';', ',')}"
        finding = Finding("G02", place_in(error.__traceback__), wrong, "mend it")
        yield hint(error) or finding


@cache
def found_in_texts() -> tuple[Finding, ...]:
    """Return what is found in texts; of a place, a rule only once."""
    new_ones = [one for one in in_texts() if one.file not in on_main()]
    once = {(one.rule, one.place): one for one in reversed(new_ones)}
    return tuple(not_waived(reversed(once.values())))


@cache
def found_in_imported() -> tuple[Finding, ...]:
    """Return what is found in models and routes."""
    return tuple(not_waived(in_imported()))


def not_waived(found: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is off or waived."""
    for finding in dict.fromkeys(found):
        if is_on(finding.rule):
            if by := waived(finding):
                used.update(by)
            else:
                yield finding


def new(found: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order of their places, without those of the baseline."""
    ordered = sorted(found, key=lambda one: (one.file, one.line, one.rule))
    return baseline.without_known(ordered)


def rules() -> list[str]:
    """Return the rules that need no other test to be checked, those of migrations last."""
    tests = {"guard", "SQLAlchemy"}
    every = sorted(rule for rule, by in held().items() if by - tests and is_on(rule))
    return sorted(every, key=GATE.__contains__)


def found_by(rule: str) -> list[Finding]:
    """Return what all checks of a rule find that is new."""
    found = [one for one in (*found_in_texts(), *found_in_imported()) if one.rule == rule]
    if rule in GATE:
        from .migrations.gate import CHECKS as GATES

        found.extend(not_waived(findings(GATES[rule]())))
    if rule == "X04":
        from .models.mapped import without_index

        found.extend(unused(used, without_index(), on_main()))
    return new(found)


def mended() -> list[str]:
    """Return what the baseline has for nothing; what only tests find is not known here."""
    return baseline.mended((*found_in_texts(), *found_in_imported()), set(rules()) - {*GATE})
