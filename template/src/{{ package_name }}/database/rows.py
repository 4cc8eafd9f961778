"""Rows as the driver takes them: complete, in the order of the table, converted."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.schema import ColumnElementColumnDefault

from .base import Base
from .errors import CheckFailed

RowValues = Mapping[str, Any]
CHUNK = 5000  # rows


class Upserted(NamedTuple):
    """The number of rows that were new, and of those that were there and differed."""

    inserted: int
    updated: int


def chunks(
    model: type[Base], rows: Iterable[RowValues], *, needed: Iterable[str] = ()
) -> Iterator[list[RowValues]]:
    """Cut rows into lists of at most `CHUNK`, reading no further than the current one.

    Raises ValueError unless all rows have the same columns, those that are needed among
    them and none that the model does not have.
    """
    rows, names = iter(rows), frozenset[str]()
    while chunk := list(islice(rows, CHUNK)):
        names = names or frozenset(chunk[0])
        if any(row.keys() != names for row in chunk):
            raise ValueError(f"each row must have {', '.join(sorted(names))}")
        if unknown := names - set(table_of(model).columns.keys()):
            table = table_of(model).name
            raise ValueError(f"{table} has no {', '.join(sorted(unknown))}")
        if missing := set(needed) - names:
            raise ValueError(f"each row must have {', '.join(sorted(missing))}")
        yield chunk


def deduplicate(rows: Iterable[RowValues], key: Iterable[str]) -> list[RowValues]:
{% if sqlite %}
    """Return the last row of each key. Rows with a NULL in their key are all kept."""
{% else %}
    """Return the last row of each key, in an order that is the same for the same keys.

    Rows with a NULL in their key are all kept.
    """
{% endif %}
    names, last = list(key), dict[object, RowValues]()
    for place, row in enumerate(rows):
{% if mysql %}
        # MySQL takes "a " for "a".
        values = tuple(_compared(row[name]) for name in names)
{% else %}
        values = tuple(row[name] for name in names)
{% endif %}
        last[place if None in values else values] = row
{% if sqlite %}
    return list(last.values())
{% else %}
    return [last[values] for values in sorted(last, key=repr)]
{% endif %}


{% if mysql %}
def _compared(value: object) -> object:
    return value.rstrip(" ") if isinstance(value, str) else value


{% endif %}
def rows_with_keys(
    columns: Sequence[sa.ColumnElement[Any]], keys: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Return the criterion that a row has one of the keys.

    They are values of the column, or tuples of several columns' values.
    """
    column = columns[0] if len(columns) == 1 else sa.tuple_(*columns)
    return column.in_(keys)


def rows_like(
    model: type[Base], rows: Iterable[RowValues], key: Sequence[str]
) -> sa.ColumnElement[bool]:
    """Return the criterion that a row has the `key` of one of these."""
    columns = [table_of(model).columns[name] for name in key]
    keys = list(map(itemgetter(*key), rows))
{% if postgresql %}
    if len(columns) == 1:
        # One parameter: sending thousands takes longer than the update itself.
        listed = sa.literal(keys, sa.ARRAY(columns[0].type))
        return columns[0] == sa.any_(listed)
{% endif %}
    return rows_with_keys(columns, keys)


def implicit_updates(model: type[Base], given: Collection[str] = ()) -> dict[str, Any]:
    """Return what the ORM sets with every update: the time and the version.

    Not the columns whose values are given.
    """
    mapper = sa.inspect(model)
    values: dict[str, Any] = {
        column.name: column.onupdate.arg
        for column in mapper.columns
        if isinstance(column.onupdate, ColumnElementColumnDefault)
        and column.key not in given
    }
    version = mapper.version_id_col
    if version is not None and version.key not in given:
        # A literal: some drivers take no parameter after the values of an insert.
        values[version.name] = version + sa.literal_column("1")
    return values


class Encoder:
    """Turns mappings from column to value into tuples for the driver.

    It does what SQLAlchemy does for each row, but finds out once for all what is to be
    done: defaults are filled in, values converted by the types of their columns.
    """

    def __init__(
        self, table: sa.Table, names: Collection[str], dialect: sa.Dialect
    ) -> None:
        self.columns = [c for c in table.columns if c.key in names or c.default]
        self._names = [column.key for column in self.columns if column.key in names]
        self._defaults: list[tuple[int, Callable[[], Any]]] = []
        self._converters: list[tuple[int, Callable[[Any], Any]]] = []
        for position, column in enumerate(self.columns):
            if column.key not in names:
                self._defaults.append((position, _default(column)))
            convert = column.type.dialect_impl(dialect).bind_processor(dialect)
            if convert is not None:
                self._converters.append((position, convert))

    def __call__(self, row: RowValues) -> tuple[Any, ...]:
        """Return the values of a row, which has all of the names. Raises CheckFailed."""
        values = [row[name] for name in self._names]
        for position, default in self._defaults:
            values.insert(position, default())
        for position, convert in self._converters:
            try:
                values[position] = convert(values[position])
            except ValueError as error:
                name = self.columns[position].name
                raise CheckFailed(f"{name}: {error}", columns=(name,)) from error
        return tuple(values)


def table_of(model: type[Base]) -> sa.Table:
    """Return the table of a model. Raises TypeError for one that has not just one."""
    mapper = sa.inspect(model)
    if mapper.inherits or not isinstance(mapper.local_table, sa.Table):
        raise TypeError(f"{model.__name__} has no table of its own: use add_all()")
    return mapper.local_table


def _default(column: sa.Column[Any]) -> Callable[[], Any]:
    default: Any = column.default
    if default.is_callable:
        return lambda: default.arg(None)
    if default.is_scalar:
        return lambda: default.arg
    raise TypeError(f"the default of {column} is SQL: make it its server_default")
