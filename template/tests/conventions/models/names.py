"""Names of constraints and indexes: given by the convention of Base."""

from collections.abc import Iterator

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.sql.elements import conv

from {{ package_name }}.database import Base

from ..finding import Finding
from ..sources import place_of
from .schema import METADATA, columns_of, constraints_and_indexes, where

LONGEST = 63  # what every database keeps
KINDS = {
    "ck": CheckConstraint,
    "fk": ForeignKeyConstraint,
    "ix": Index,
    "pk": PrimaryKeyConstraint,
    "uq": UniqueConstraint,
}


def every_kind_has_a_convention() -> Iterator[Finding]:
    """M13."""
    if missing := sorted(KINDS.keys() - METADATA.naming_convention.keys()):
        wrong = f"the naming convention has no {', '.join(missing)}"
        place = place_of(Base, "metadata")
        yield Finding("M13", place, wrong, "use NAMING_CONVENTION of database/base.py")


def names_come_from_the_convention(table: Table) -> Iterator[Finding]:
    """M13."""
    for item in constraints_and_indexes(table):
        kind, name = type(item).__name__, str(item.name or "")
        place = where(table, columns_of(item))
        if not name or "NoneType" in name:
            wrong = f"a {kind} of {table.name} has no name"
            yield Finding("M13", place, wrong, 'give it one, name="what_it_demands"')
        elif _has_a_convention(item) and not isinstance(item.name, conv):
            wrong = f"{name!r} is a name of its own for this {kind}"
            instead = "leave out the name: the convention has one (None for an Index)"
            yield Finding("M13", place, wrong, instead)
        if len(name) > LONGEST:
            wrong = f"{name!r} has {len(name)} characters, of at most {LONGEST}"
            yield Finding("M13", place, wrong, "shorten the names that it is made of")


def _has_a_convention(item: Constraint | Index) -> bool:
    """Tell whether the convention can name it: it has no word for an expression."""
    if isinstance(item, Index):
        return all(isinstance(expression, Column) for expression in item.expressions)
    return isinstance(item, tuple(KINDS.values()))
