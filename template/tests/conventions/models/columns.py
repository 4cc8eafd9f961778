"""Columns: their names, types and options."""

import re
from collections.abc import Iterator

from sqlalchemy import (
    NVARCHAR,
    VARCHAR,
    DateTime,
    Enum,
    String,
    Table,
    TypeDecorator,
    Unicode,
)

from ..finding import Finding
from .schema import name_of, where

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NEED_A_LENGTH = {NVARCHAR, String, Unicode, VARCHAR}
{% if not postgresql %}
WHOLE_SECONDS = re.compile(r"now\(\)|(current|local)_?timestamp(\(\))?", re.IGNORECASE)
{% endif %}


def names_are_in_snake_case(table: Table) -> Iterator[Finding]:
    """M05."""
    if not SNAKE_CASE.fullmatch(table.name):
        wrong = f"the table {table.name!r} is not named in snake_case"
        yield Finding("M05", where(table), wrong, "rename it in `__tablename__`")
    for column in table.columns:
        if not SNAKE_CASE.fullmatch(column.name):
            wrong = f"the column {column.name!r} is not named in snake_case"
            yield Finding("M05", where(table, [column]), wrong, "rename it")


def moments_are_aware(table: Table) -> Iterator[Finding]:
    """M16."""
    for column in table.columns:
        if isinstance(column.type, DateTime):
            wrong = f"{name_of(table, [column])} takes moments without a time zone"
            instead = "annotate it `Mapped[datetime]`, and give no type"
            yield Finding("M16", where(table, [column]), wrong, instead)


{% if not postgresql %}
def moments_have_microseconds(table: Table) -> Iterator[Finding]:
    """M16."""
    for column in table.columns:
        for made in (column.server_default, column.onupdate):
            expression = str(getattr(made, "arg", ""))
            if WHOLE_SECONDS.fullmatch(expression):
                wrong = f"{expression} gives {name_of(table, [column])} whole seconds"
                instead = "use NOW of database/{{ database }}/types.py"
                yield Finding("M16", where(table, [column]), wrong, instead)


{% endif %}
def texts_have_a_length(table: Table) -> Iterator[Finding]:
    """M17."""
    for column in table.columns:
        kind = column.type
        if isinstance(kind, TypeDecorator):
            kind = kind.impl_instance
        if type(kind) in NEED_A_LENGTH and not getattr(kind, "length", None):
            wrong = f"{name_of(table, [column])} is a text without a length"
            instead = "annotate it with Str200 or LongText of database/types.py"
            yield Finding("M17", where(table, [column]), wrong, instead)


def unique_columns_have_one_index(table: Table) -> Iterator[Finding]:
    """M18."""
    for column in table.columns:
        if column.unique and column.index:
            wrong = f"{name_of(table, [column])} has index=True next to unique=True"
            instead = "leave out index=True: what is unique is indexed"
            yield Finding("M18", where(table, [column]), wrong, instead)


def enums_are_texts(table: Table) -> Iterator[Finding]:
    """M25."""
    for column in table.columns:
        kind = column.type
        if not isinstance(kind, Enum):
            continue
        by_name = kind.enum_class is not None and kind.values_callable is None
        if by_name or kind.native_enum:
            how = "by its name" if by_name else "in a type of the database"
            wrong = f"{name_of(table, [column])} stores an enum {how}"
            instead = "annotate it `Mapped[Status]`, and give no type"
            yield Finding("M25", where(table, [column]), wrong, instead)
