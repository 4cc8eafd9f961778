"""Tables: names, types, defaults and keys of their columns."""

import inspect
import re
from contextlib import suppress
from datetime import date, datetime, time
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import conv

from ..findings import Found
from ..project import project
from .mapped import conditions, keys, mappers_of, name_of, place_of, unique_keys, where

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NEED_A_LENGTH = {sa.NVARCHAR, sa.String, sa.Unicode, sa.VARCHAR}
WHOLE_SECONDS = re.compile(r"now\(\)|(current|local)_?timestamp(\(\))?", re.IGNORECASE)
MONEY = re.compile(
    r"(^|_)((price|amount|total|cost|fee|balance|money|salary|tax)(_|$)|(budget|charge|credit|debit"
    r"|deposit|discount|fine|payment|payout|refund|revenue|subtotal|wage)s?$)(?<!of_charge)"
)
DATED = re.compile(
    r"(^|_)date$|^date_of_|(^|_)(due|born|paid|sent|made|(creat|deliver|end|expir|hir|invoic|issu"
    r"|order|shipp|sign|start|updat)ed|ends|starts)_on$"
)
LONGEST = 63  # what every database keeps of a name
NAMED = {
    "ck": sa.CheckConstraint,
    "fk": sa.ForeignKeyConstraint,
    "ix": sa.Index,
    "pk": sa.PrimaryKeyConstraint,
    "uq": sa.UniqueConstraint,
}


def of_table(table: sa.Table) -> Found:
    if not SNAKE_CASE.fullmatch(table.name):
        named = (place_of(one.class_, "__tablename__") for one in mappers_of(table))
        yield "M05", next(named, where(table)), f"the table {table.name!r} is not in snake_case"
    for column in table.columns:
        for rule, says in _column(table, column):
            yield rule, where(table, [column]), f"{name_of(table, [column])} {says}"
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        name, place, names = name_of(table, columns), where(table, columns), set(key.column_keys)
        action = (key.ondelete or "").upper()
        if not action:
            instead = 'add ondelete="CASCADE", "RESTRICT" or "SET NULL" to its ForeignKey'
            yield "M09", place, f"{name} does not say what a delete does; {instead}"
        if action == "SET NULL" and not all(column.nullable for column in columns):
            instead = "annotate it `| None`, or choose another ondelete"
            yield "M09", place, f"a delete sets {name} to NULL, which it cannot be; {instead}"
        if not any(set(others[: len(names)]) == names for others in keys(table)):
            several = f"add Index(None, {', '.join(map(repr, sorted(names)))})"
            instead = "add index=True" if len(columns) == 1 else several
            if any(index.columns.keys() == list(names) for index in table.indexes):
                instead = "name the one of some rows, and add index=True for all"
            yield "M10", place, f"{name} is a foreign key without an index; {instead}"
    yield from _unique(table)
    items: list[sa.Constraint | sa.Index] = [*table.constraints, *table.indexes]
    for item in items:
        # A name of its own is written in `__table_args__`, but for that of a ForeignKey.
        at_column = isinstance(item, sa.ForeignKeyConstraint) or isinstance(item.name, conv)
        for says in _name(item):
            yield "M13", where(table, list(getattr(item, "columns", ())) if at_column else ()), says
        said = conditions(item) if isinstance(item, sa.Index) else [_text(item, "sqltext").upper()]
        if any(re.search(r"[=>]\s*NULL\b", one) for one in said):
            wrong = f"the condition of {item.name} compares with NULL, and is never true"
            yield "Q16", where(table), f"{wrong}; write IS NULL or IS NOT NULL"


def _text(of: object, name: str) -> str:
    return str(getattr(of, name, ""))


def _column(table: sa.Table, column: sa.Column[Any]) -> Any:
    kind = column.type
    text = _stored(kind)
    if not SNAKE_CASE.fullmatch(column.name):
        yield "M05", "is not named in snake_case"
    if isinstance(kind, sa.DateTime):
        instead = "annotate it `Mapped[datetime]`, and give no type"
        yield "M16", f"takes moments without a time zone; {instead}"
    for made in (column.server_default, column.onupdate):
        expression = str(getattr(made, "arg", ""))
        if project().database != "postgresql" and WHOLE_SECONDS.fullmatch(expression):
            yield "M16", f"gets whole seconds by {expression}; use NOW of the data layer"
    if type(text) in NEED_A_LENGTH and not getattr(text, "length", None):
        yield "M17", "is a text without a length; annotate it with Str200 or LongText"
    if column.name.endswith("_at") and isinstance(text, sa.String):
        yield "M16", "is a moment as text; annotate it `Mapped[datetime]`"
    if DATED.search(column.name) and isinstance(text, sa.String):
        yield "M16", "is a day as text; annotate it `Mapped[date]`"
    if column.index and isinstance(text, sa.Text):
        yield "M17", "is longer than an entry of its index may be; use Str200"
    if column.unique and column.index:
        yield "M18", "has index=True next to unique=True"
    if column.index and column is next(iter(table.primary_key.columns), None):
        yield "M18", "has index=True next to primary_key=True, which has an index; leave it out"
    yield from _enum(column)
    yield from _integer(table, column)
    yield from _by_hand(table, column)
    for key in column.foreign_keys:
        yield from _refers(column, key)
    for default in (column.default, column.onupdate):
        value = getattr(default, "arg", None)
        if isinstance(value, dict | list | set):
            instead = f"give the type itself, default={type(value).__name__}"
            yield "M26", f"has a default that all rows share; {instead}"
        if isinstance(value, datetime | date | time | UUID):
            yield "M26", "has a default that was made once, at import; give the function itself"
    made = getattr(column.server_default, "arg", None)
    if isinstance(kind, sa.Boolean) and isinstance(made, str):
        yield "M26", "has a text as its server default; write sa.false() or sa.true()"
    if isinstance(kind, sa.Float) and MONEY.search(column.name):
        yield "M27", "is money in floating point; use Cents, or Numeric(12, 2)"
    elif isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float) and kind.scale is None:
        yield "M27", "has no scale; use Numeric(12, 2), or Cents"
    if isinstance(kind, sa.PickleType):
        yield "M27", "is pickled, and whoever can write it runs code here; use JSON"
    typed = any(one.name.endswith("_type") for one in table.columns)  # of several tables
    refers = column.foreign_keys or column.primary_key or typed
    if re.search(r"[a-z]_id$", column.name) and not refers:
        yield "M30", "refers to nothing; add a ForeignKey, or waive it for an id of another system"


def _integer(table: sa.Table, column: sa.Column[Any]) -> Any:
    counted = column is table.autoincrement_column and column.default is None
    narrow = isinstance(column.type, sa.Integer) and not isinstance(column.type, sa.BigInteger)
    if counted and narrow and project().database != "sqlite":
        most = "32,767" if isinstance(column.type, sa.SmallInteger) else "2,147,483,647"
        yield "M27", f"is counted up, and ends at {most}; inherit IntegerKey, or make it BigInt"


def _by_hand(table: sa.Table, column: sa.Column[Any]) -> Any:
    """Find what the data layer has, or the database was to do."""
    filled = f"{_text(column.server_onupdate, 'arg')} {_text(column.server_default, 'arg')}"
    if hasattr(column.server_onupdate, "arg") and "ON UPDATE" not in filled.upper():
        wrong = "has server_onupdate, which the database is not told"
        yield "M15", f"{wrong}; state onupdate, or inherit Timestamps"
    if column.name in ("deleted", "is_deleted") and isinstance(column.type, sa.Boolean):
        yield "M14", "is a soft delete that queries do not mind; inherit SoftDelete"
    checks = " ".join(_text(one, "sqltext") for one in table.constraints)
    listed = re.search(r"(?i)\bstatus\b.*\bIN\b", checks)
    short = type(column.type) in NEED_A_LENGTH and (getattr(column.type, "length", 0) or 99) <= 64
    if column.name == "status" and short and not listed and any(mappers_of(table)):
        yield "M25", "takes any text; annotate it with an enum, `Mapped[Status]`"


def _refers(column: sa.Column[Any], key: sa.ForeignKey) -> Any:
    """M30, for a key that cannot hold what it refers to, or is compared as another type."""
    with suppress(sa.exc.NoReferenceError):
        own, other = _stored(column.type), _stored(key.column.type)
        lengths = [getattr(one, "length", None) or 0 for one in (own, other)]
        texts = all(isinstance(one, sa.String) for one in (own, other))
        ours, theirs = map(_ddl, (own, other))
        if (lengths[0] and not lengths[0] >= lengths[1] > 0) if texts else ours != theirs:
            wrong = f"is {ours}, and what it refers to {theirs}"
            yield "M30", f"{wrong}; give both one type"


def _stored(kind: Any) -> Any:
    return kind.impl_instance if isinstance(kind, sa.TypeDecorator) else kind


def _ddl(kind: Any) -> str:
    """Return a type as the database has it; to SQLite all integers are one."""
    database = project().database
    told = kind.compile(dialect=sa.make_url(f"{database}://").get_dialect()())
    return re.sub(r"^(BIG|SMALL)INT$", "INTEGER", told) if database == "sqlite" else str(told)


def _enum(column: sa.Column[Any]) -> Any:
    kind = column.type
    try:
        enum = kind.python_type if issubclass(kind.python_type, Enum) else None
    except NotImplementedError:
        return
    if isinstance(kind, sa.Enum):
        by_name = kind.enum_class is not None and kind.values_callable is None
        if by_name or kind.native_enum:
            how = "by its name" if by_name else "in a type of the database"
            yield "M25", f"stores an enum {how}; annotate it `Mapped[Status]`, and give no type"
    if enum and not issubclass(enum, str) and "auto()" in _source(enum):
        yield "M25", "stores the numbers of auto(), which move with the members; write values down"
    allowed = _allowed(column) if enum else None
    if enum and allowed and allowed != {str(one.value) for one in enum}:
        yield "M25", f"has a CHECK that allows other values than {enum.__name__}; leave it out"
    for made in (column.default, column.server_default) if enum else ():
        value = getattr(made, "arg", None)
        stored = made is column.server_default and value in {one.value for one in enum or ()}
        if isinstance(value, str) and enum and not isinstance(value, enum) and not stored:
            yield "M25", f"has the default {value!r}, which is no member of {enum.__name__}"


def _allowed(column: sa.Column[Any]) -> set[str]:
    """Return the texts that a CHECK of `__table_args__` lists for a column."""
    lists = rf"(?i)^\W*{column.name}\W* IN \(([^()]*)\)\W*$"
    texts = (_text(one, "sqltext") for one in column.table.constraints)
    found = next(filter(None, (re.search(lists, one) for one in texts)), None)
    return set(re.findall(r"'([^']*)'", found[1])) if found else set()


def _source(of: type) -> str:
    try:
        return inspect.getsource(of)
    except (OSError, TypeError):
        return ""


def _unique(table: sa.Table) -> Found:
    softly, primary = "deleted_at" in table.columns, set(table.primary_key.columns.keys())
    option = f"{project().database}_nulls_not_distinct"
    counting = [
        {*getattr(key, "column_keys", ())}
        for key in table.constraints
        if option in key.dialect_kwargs
    ]
    for names in unique_keys(table):
        columns = [table.columns[name] for name in names]
        place, name = where(table, columns), name_of(table, columns)
        if set(names) <= primary or any(column.computed for column in columns):
            continue
        if softly:
            yield "M31", place, f"{name} stays taken when its row is deleted softly"
        null = any(column.nullable for column in columns) and {*names} not in counting
        if len(columns) > 1 and null:
            instead = "make its columns NOT NULL, or index some rows"
            yield "M31", place, f"{name} may be there twice, as NULLs differ; {instead}"
    for index in table.indexes:
        if index.unique and softly and not any("DELETED_AT" in one for one in conditions(index)):
            place = where(table, list(index.columns))
            yield "M31", place, f"{index.name} stays taken when its row is deleted softly"


def _name(item: sa.Constraint | sa.Index) -> Any:
    kind, name = type(item).__name__, str(item.name or "")
    # The convention has no word for an index of an expression, nor for one of some rows.
    columns = getattr(item, "expressions", ()) if isinstance(item, sa.Index) else ()
    plain = all(isinstance(one, sa.Column) for one in columns)
    plain = plain and not any(key.endswith("_where") for key in item.dialect_kwargs)
    if not name or "NoneType" in name:
        yield f'this {kind} has no name; give it one, name="what_it_demands"'
    elif isinstance(item, tuple(NAMED.values())) and plain and not isinstance(item.name, conv):
        instead = "leave out the name, the convention has one (None for an Index)"
        yield f"{name!r} is a name of its own for this {kind}; {instead}"
    if len(name) > LONGEST:
        wrong = f"{name!r} has {len(name)} characters, of at most {LONGEST}"
        yield f"{wrong}; shorten the names that it is made of"


def of_base(base: Any) -> Found:
    if missing := sorted(NAMED.keys() - base.metadata.naming_convention.keys()):
        wrong = f"the naming convention has no {', '.join(missing)}"
        yield "M13", place_of(base, "metadata"), f"{wrong}; use that of the data layer"
