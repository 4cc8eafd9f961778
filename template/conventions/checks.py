"""Running the checks: what they find, less what is off, waived, or was there before."""

from collections.abc import Iterator
from functools import cache

from .findings import Finding, Found, baseline
from .git import UnknownHistoryError, on_main
from .hints import hint, known, place_in, plain
from .project import PARTS, BadConfigError, held, is_on, modules, place, project
from .ruff import found_by_ruff
from .source.checks import in_module
from .source.module import module
from .waivers import not_waived, unused

GATE = ("G05", "G08", "G10", "G11", "G13", "G14", "G16")


def in_texts() -> Iterator[Finding]:
    for path in modules(*PARTS):
        for rule, where, says in in_module(module(path)):
            line = where if isinstance(where, int) else where.lineno
            yield Finding(rule, place(path, line), says)
    yield from (Finding(*one) for one in found_by_ruff())


def in_imported() -> Iterator[Finding]:
    """Yield what is found in models and routes: the application is imported."""
    from .models import classes, tables
    from .models.mapped import base, configured, mappers, place_in_models
    from .routes import in_routes

    def found(refused: Exception | None) -> Found:
        if refused:
            rule, says = known(refused) or ("M06", f"{plain(refused)}; fix it")
            yield rule, place_in_models(refused), says
        yield from tables.of_base(base())
        yield from classes.not_imported()
        for table in base().metadata.tables.values():
            yield from tables.of_table(table)
        for mapper in mappers():
            yield from classes.of_mapper(mapper)
            for one in mapper.relationships:
                if one.parent is mapper and not refused:
                    yield from classes.of_relationship(one)
        yield from in_routes()

    try:
        with configured() as refused:
            yield from (Finding(*one) for one in found(refused))
    except (Exception, SystemExit) as error:  # noqa: BLE001 (the application may raise any)
        wrong = f"the application cannot be imported: {plain(error)}; fix it"
        yield hint(error) or Finding("G02", place_in(error), wrong)


@cache
def found_in_texts() -> tuple[Finding, ...]:
    """Return what is found in texts; of a place, a rule only once."""
    new_ones = [one for one in in_texts() if one.file not in on_main()]
    once = {(one.rule, one.place): one for one in reversed(new_ones)}
    return tuple(not_waived(reversed(once.values())))


@cache
def found_in_imported() -> tuple[Finding, ...]:
    return tuple(not_waived(in_imported()))


def rules() -> list[str]:
    """Return the rules that need no other test to be checked, those of migrations last."""
    every = sorted(rule for rule, by in held().items() if by - {"guard", "SQLAlchemy"})
    return sorted(filter(is_on, every), key=GATE.__contains__)


def in_migrations(rule: str) -> Iterator[Finding]:
    from .migrations.gate import CHECKS

    try:
        yield from (Finding(*one) for one in CHECKS[rule]())
    except (BadConfigError, UnknownHistoryError):
        raise
    except Exception as error:  # noqa: BLE001 (a revision may raise any)
        where = place_in(error, "revision", "env", otherwise=project().versions)
        yield Finding(rule, where, f"this cannot be checked: {plain(error)}; fix that first")


def found_by(rule: str) -> list[Finding]:
    """Return what all checks of a rule find that is new."""
    found = [one for one in (*found_in_texts(), *found_in_imported()) if one.rule == rule]
    if rule in GATE:
        found.extend(not_waived(in_migrations(rule)))
    if rule == "X04":
        from .models.mapped import without_index

        found.extend(unused(without_index(), on_main()))
    return baseline.new(found)


def fixed() -> list[str]:
    """Return what the baseline has for nothing; what only tests find is not known here."""
    return baseline.fixed((*found_in_texts(), *found_in_imported()), {*rules()} - {*GATE})
