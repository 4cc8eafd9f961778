"""Tables: names, types, defaults and keys of their columns."""

import re
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

from ..config import project
from ..places import place_of
from ..rules import Found
from .mapped import base, columns_of, conditions, keys, name_of, unique_keys, where

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NEED_A_LENGTH = {sa.NVARCHAR, sa.String, sa.Unicode, sa.VARCHAR}
WHOLE_SECONDS = re.compile(r"now\(\)|(current|local)_?timestamp(\(\))?", re.IGNORECASE)
MONEY = re.compile(r"(^|_)(price|amount|total|cost|fee|balance|money|salary|tax)(_|$)")
LONGEST = 63  # what every database keeps of a name
NAMED = {
    "ck": sa.CheckConstraint,
    "fk": sa.ForeignKeyConstraint,
    "ix": sa.Index,
    "pk": sa.PrimaryKeyConstraint,
    "uq": sa.UniqueConstraint,
}


def of_column(table: sa.Table, column: sa.Column[Any]) -> Found:
    """Yield what is wrong with a column."""
    name, place, kind = name_of(table, [column]), where(table, [column]), column.type
    text = kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind
    if not SNAKE_CASE.fullmatch(column.name):
        yield "M05", place, f"the column {column.name!r} is not named in snake_case", "rename it"
    if isinstance(kind, sa.DateTime):
        wrong = f"{name} takes moments without a time zone"
        yield "M16", place, wrong, "annotate it `Mapped[datetime]`, and give no type"
    for made in (column.server_default, column.onupdate):
        expression = str(getattr(made, "arg", ""))
        if project().database != "postgresql" and WHOLE_SECONDS.fullmatch(expression):
            wrong = f"{expression} gives {name} whole seconds"
            yield "M16", place, wrong, "use NOW of the data layer"
    if type(text) in NEED_A_LENGTH and not getattr(text, "length", None):
        instead = "annotate it with Str200 or LongText of the data layer"
        yield "M17", place, f"{name} is a text without a length", instead
    if column.unique and column.index:
        wrong = f"{name} has index=True next to unique=True"
        yield "M18", place, wrong, "leave out index=True: what is unique is indexed"
    yield from _enum(column, name, place)
    yield from _defaults(column, name, place)
    if isinstance(kind, sa.Float) and MONEY.search(column.name):
        yield "M27", place, f"{name} is money in floating point", "use Cents, or Numeric(12, 2)"
    elif isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float) and kind.scale is None:
        yield "M27", place, f"{name} has no scale", "use Numeric(12, 2), or Cents"
    if isinstance(kind, sa.PickleType):
        wrong = f"{name} is pickled: whoever can write it runs code here"
        yield "M27", place, wrong, "annotate it dict[str, object], which is JSON"
    typed = any(one.name.endswith("_type") for one in table.columns)  # of several tables
    refers = column.foreign_keys or column.primary_key or typed
    if re.search(r"[a-z]_id$", column.name) and not refers:
        instead = "add a ForeignKey, or waive it for an id of another system"
        yield "M30", place, f"{name} refers to nothing", instead


def _enum(column: sa.Column[Any], name: str, place: str) -> Found:
    kind = column.type
    try:
        enum = kind.python_type if issubclass(kind.python_type, Enum) else None
    except NotImplementedError:
        enum = None
    if isinstance(kind, sa.Enum):
        by_name = kind.enum_class is not None and kind.values_callable is None
        if by_name or kind.native_enum:
            how = "by its name" if by_name else "in a type of the database"
            instead = "annotate it `Mapped[Status]`, and give no type"
            yield "M25", place, f"{name} stores an enum {how}", instead
    for made in (column.default, column.server_default) if enum is not None else ():
        value = getattr(made, "arg", None)
        stored = made is column.server_default and value in {one.value for one in enum or ()}
        if isinstance(value, str) and enum and not isinstance(value, enum) and not stored:
            instead = f"give a member of {enum.__name__}"
            yield "M25", place, f"the default {value!r} of {name} is no member", instead


def _defaults(column: sa.Column[Any], name: str, place: str) -> Found:
    for default in (column.default, column.onupdate):
        value = getattr(default, "arg", None)
        if isinstance(value, dict | list | set):
            instead = f"give the type itself: default={type(value).__name__}"
            yield "M26", place, f"all rows share the default of {name}", instead
        if isinstance(value, datetime | date | time | UUID):
            wrong = f"the default of {name} was made once, at import"
            yield "M26", place, wrong, "give the function itself, or a lambda"
    made = getattr(column.server_default, "arg", None)
    if isinstance(column.type, sa.Boolean) and isinstance(made, str):
        wrong = f"the server default {made!r} of {name} is a text"
        yield "M26", place, wrong, "server_default=sa.false() or sa.true()"


def of_table(table: sa.Table) -> Found:
    """Yield what is wrong with a table, its keys and its names."""
    if not SNAKE_CASE.fullmatch(table.name):
        wrong = f"the table {table.name!r} is not named in snake_case"
        yield "M05", where(table), wrong, "rename it in `__tablename__`"
    for column in table.columns:
        yield from of_column(table, column)
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        name, place, names = name_of(table, columns), where(table, columns), set(key.column_keys)
        action = (key.ondelete or "").upper()
        if not action:
            instead = 'add ondelete="CASCADE", "RESTRICT" or "SET NULL" to its ForeignKey'
            yield "M09", place, f"{name} does not say what a delete does", instead
        if action == "SET NULL" and not all(column.nullable for column in columns):
            wrong = f"a delete sets {name} to NULL, which it cannot be"
            yield "M09", place, wrong, "annotate it `| None`, or choose another ondelete"
        if not any(set(others[: len(names)]) == names for others in keys(table)):
            several = f"add Index(None, {', '.join(map(repr, sorted(names)))})"
            instead = "add index=True" if len(columns) == 1 else several
            yield "M10", place, f"{name} is a foreign key without an index", instead
    yield from _unique(table)
    yield from _names(table)


def _unique(table: sa.Table) -> Found:
    softly = "deleted_at" in table.columns
    keep, primary = (
        "stays taken when its row is deleted softly",
        set(table.primary_key.columns.keys()),
    )
    for names in unique_keys(table):
        columns = [table.columns[name] for name in names]
        place, name = where(table, columns), name_of(table, columns)
        if set(names) <= primary or any(column.computed for column in columns):
            continue
        if softly:
            yield "M31", place, f"{name} {keep}", "use unique_among_living() in `__table_args__`"
        if len(columns) > 1 and any(column.nullable for column in columns):
            wrong = f"{name} may be there twice: NULLs differ from each other"
            yield "M31", place, wrong, "make its columns NOT NULL, or index some rows"
    for index in table.indexes:
        if index.unique and softly and not any("DELETED_AT" in one for one in conditions(index)):
            place = where(table, columns_of(index))
            yield "M31", place, f"{index.name} {keep}", "use unique_among_living()"


def _names(table: sa.Table) -> Found:
    items: list[sa.Constraint | sa.Index] = [*table.constraints, *table.indexes]
    for item in items:
        kind, name, place = (
            type(item).__name__,
            str(item.name or ""),
            where(table, columns_of(item)),
        )
        # The convention has no word for an index of an expression.
        plain = not isinstance(item, sa.Index) or all(
            isinstance(e, sa.Column) for e in item.expressions
        )
        if not name or "NoneType" in name:
            wrong = f"a {kind} of {table.name} has no name"
            yield "M13", place, wrong, 'give it one, name="what_it_demands"'
        elif isinstance(item, tuple(NAMED.values())) and plain and not isinstance(item.name, conv):
            instead = "leave out the name: the convention has one (None for an Index)"
            yield "M13", place, f"{name!r} is a name of its own for this {kind}", instead
        if len(name) > LONGEST:
            wrong = f"{name!r} has {len(name)} characters, of at most {LONGEST}"
            yield "M13", place, wrong, "shorten the names that it is made of"


def of_base() -> Found:
    """Yield what the naming convention lacks."""
    if missing := sorted(NAMED.keys() - base().metadata.naming_convention.keys()):
        wrong = f"the naming convention has no {', '.join(missing)}"
        yield "M13", place_of(base(), "metadata"), wrong, "use NAMING_CONVENTION of the data layer"
