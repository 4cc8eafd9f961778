"""Columns: their names, types, defaults and keys."""

import re
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import (
    NVARCHAR,
    VARCHAR,
    Boolean,
    DateTime,
    Enum,
    Float,
    Numeric,
    PickleType,
    String,
    Table,
    TypeDecorator,
    Unicode,
)

from ..config import project
from ..rules import Found, check
from .mapped import conditions, keys, name_of, unique_keys, where

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NEED_A_LENGTH = {NVARCHAR, String, Unicode, VARCHAR}
WHOLE_SECONDS = re.compile(r"now\(\)|(current|local)_?timestamp(\(\))?", re.IGNORECASE)
MONEY = re.compile(r"(^|_)(price|amount|total|cost|fee|balance|money|salary|tax)(_|$)")


@check("M05", "table")
def names_are_in_snake_case(table: Table) -> Found:
    if not SNAKE_CASE.fullmatch(table.name):
        wrong = f"the table {table.name!r} is not named in snake_case"
        yield where(table), wrong, "rename it in `__tablename__`"
    for column in table.columns:
        if not SNAKE_CASE.fullmatch(column.name):
            wrong = f"the column {column.name!r} is not named in snake_case"
            yield where(table, [column]), wrong, "rename it"


@check("M16", "table")
def moments_have_a_zone(table: Table) -> Found:
    for column in table.columns:
        name, place = name_of(table, [column]), where(table, [column])
        if isinstance(column.type, DateTime):
            wrong = f"{name} takes moments without a time zone"
            yield place, wrong, "annotate it `Mapped[datetime]`, and give no type"
        for made in (column.server_default, column.onupdate):
            expression = str(getattr(made, "arg", ""))
            if project().database != "postgresql" and WHOLE_SECONDS.fullmatch(expression):
                wrong = f"{expression} gives {name} whole seconds"
                yield place, wrong, "use NOW of the data layer"


@check("M17", "table")
def texts_have_a_length(table: Table) -> Found:
    for column in table.columns:
        kind = column.type
        if isinstance(kind, TypeDecorator):
            kind = kind.impl_instance
        if type(kind) in NEED_A_LENGTH and not getattr(kind, "length", None):
            wrong = f"{name_of(table, [column])} is a text without a length"
            instead = "annotate it with Str200 or LongText of the data layer"
            yield where(table, [column]), wrong, instead


@check("M18", "table")
def unique_columns_have_one_index(table: Table) -> Found:
    for column in table.columns:
        if column.unique and column.index:
            wrong = f"{name_of(table, [column])} has index=True next to unique=True"
            yield where(table, [column]), wrong, "leave out index=True: what is unique is indexed"


@check("M25", "table")
def enums_are_texts(table: Table) -> Found:
    for column in table.columns:
        kind, name = column.type, name_of(table, [column])
        enum = getattr(kind, "enum_class", None)
        instead = "annotate it `Mapped[Status]`, and give no type"
        if isinstance(kind, Enum):
            by_name = enum is not None and kind.values_callable is None
            if by_name or kind.native_enum:
                how = "by its name" if by_name else "in a type of the database"
                yield where(table, [column]), f"{name} stores an enum {how}", instead
        if enum is not None:
            for made in (column.default, column.server_default):
                value = getattr(made, "arg", None)
                values = {member.value for member in enum}
                stored = made is column.server_default and value in values
                if isinstance(value, str) and not isinstance(value, enum) and not stored:
                    wrong = f"the default {value!r} of {name} is no member"
                    yield where(table, [column]), wrong, f"give a member of {enum.__name__}"


@check("M26", "table")
def defaults_are_made_for_each_row(table: Table) -> Found:
    for column in table.columns:
        name, place = name_of(table, [column]), where(table, [column])
        for default in (column.default, column.onupdate):
            value = default.arg if default is not None and default.is_scalar else None
            if isinstance(value, dict | list | set):
                kind = type(value).__name__
                wrong = f"all rows share the default of {name}"
                yield place, wrong, f"give the type itself: default={kind}"
            if isinstance(value, datetime | date | time | UUID):
                wrong = f"the default of {name} was made once, at import"
                yield place, wrong, "give the function itself, or a lambda"
        made = getattr(column.server_default, "arg", None)
        if isinstance(column.type, Boolean) and isinstance(made, str):
            wrong = f"the server default {made!r} of {name} is a text"
            yield place, wrong, "server_default=sa.false() or sa.true()"


@check("M27", "table")
def types_are_exact(table: Table) -> Found:
    for column in table.columns:
        kind, name, place = column.type, name_of(table, [column]), where(table, [column])
        if isinstance(kind, Float) and MONEY.search(column.name):
            yield place, f"{name} is money in floating point", "use Cents, or Numeric(12, 2)"
        elif isinstance(kind, Numeric) and not isinstance(kind, Float) and kind.scale is None:
            yield place, f"{name} has no scale", "use Numeric(12, 2), or Cents"
        if isinstance(kind, PickleType):
            wrong = f"{name} is pickled: whoever can write it runs code here"
            yield place, wrong, "annotate it dict[str, object], which is JSON"


@check("M30", "table")
def what_is_called_an_id_refers(table: Table) -> Found:
    for column in table.columns:
        if re.search(r"[a-z]_id$", column.name) and not column.foreign_keys:
            if not column.primary_key and not any("_type" in c.name for c in table.columns):
                wrong = f"{name_of(table, [column])} refers to nothing"
                instead = "add a ForeignKey, or waive it for an id of another system"
                yield where(table, [column]), wrong, instead


@check("M31", "table")
def unique_means_unique(table: Table) -> Found:
    softly = "deleted_at" in table.columns
    primary = {column.name for column in table.primary_key}
    for names in unique_keys(table):
        columns = [table.columns[name] for name in names]
        place, name = where(table, columns), name_of(table, columns)
        if set(names) <= primary:
            continue
        if softly and not any(column.computed for column in columns):
            wrong = f"{name} stays taken when its row is deleted softly"
            yield place, wrong, "use unique_among_living() in `__table_args__`"
        if len(columns) > 1 and any(column.nullable for column in columns):
            wrong = f"{name} may be there twice: NULLs differ from each other"
            yield place, wrong, "make its columns NOT NULL, or index some rows"
    for index in table.indexes:
        if index.unique and softly and not any("DELETED_AT" in c for c in conditions(index)):
            wrong = f"{index.name} stays taken when its row is deleted softly"
            yield where(table, list(index.columns)), wrong, "use unique_among_living()"


@check("M09", "table")
def foreign_keys_say_what_a_delete_does(table: Table) -> Found:
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        name, place = name_of(table, columns), where(table, columns)
        action = (key.ondelete or "").upper()
        if not action:
            wrong = f"{name} does not say what a delete does"
            instead = 'add ondelete="CASCADE", "RESTRICT" or "SET NULL" to its ForeignKey'
            yield place, wrong, instead
        if action == "SET NULL" and not all(column.nullable for column in columns):
            wrong = f"a delete sets {name} to NULL, which it cannot be"
            yield place, wrong, "annotate it `| None`, or choose another ondelete"


@check("M10", "table")
def foreign_keys_are_indexed(table: Table) -> Found:
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        names = {column.name for column in columns}
        if not any(set(others[: len(names)]) == names for others in keys(table)):
            wrong = f"{name_of(table, columns)} is a foreign key without an index"
            several = f"add Index(None, {', '.join(map(repr, sorted(names)))})"
            instead = "add index=True" if len(columns) == 1 else several
            yield where(table, columns), wrong, instead
