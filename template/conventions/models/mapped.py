"""All mappers and tables of the application, and where they are written."""

import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Constraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import Mapper

from ..config import project
from ..places import place_of, place_of_table

AnyMapper = Mapper[Any]
Columns = Sequence[Column[Any]]


@cache
def base() -> Any:
    """Import every model, and return what all inherit."""
    project().module(project().main)
    base = project().get(project().base)
    # What SQLAlchemy warns of here is M07's to tell, with a place.
    with warnings.catch_warnings(action="ignore", category=SAWarning):
        base.registry.configure()
    return base


@cache
def tables() -> list[Table]:
    """Return all tables."""
    return list(base().metadata.tables.values())


@cache
def mappers() -> list[AnyMapper]:
    """Return the mappers of tables. A class may also be mapped to a view or a query."""
    return sorted(
        (mapper for mapper in base().registry.mappers if mapper.local_table in tables()),
        key=lambda mapper: (len(mapper.class_.__mro__), mapper.class_.__name__),
    )


def keys(table: Table) -> Iterator[list[str]]:
    """Yield the columns of each index, in their order, and of each unique key."""
    yield from filter(None, map(leading_columns, table.indexes))
    yield from unique_keys(table)


def unique_keys(table: Table) -> Iterator[list[str]]:
    """Yield the columns of the primary key, and of each unique constraint."""
    for key in table.constraints:
        if isinstance(key, PrimaryKeyConstraint | UniqueConstraint) and key.columns:
            yield key.columns.keys()


def conditions(index: Index) -> list[str]:
    """Return the conditions of an index of some rows."""
    every = (options.get("where") for options in index.dialect_options.values())
    return [str(one).upper() for one in every if one is not None]


def leading_columns(index: Index) -> list[str]:
    """Return the columns that an index begins with, before any expression.

    An index of some rows only counts if these are the ones with a value.
    """
    names: list[str] = []
    for expression in index.expressions:
        if not isinstance(expression, Column):
            break
        names.append(expression.name)
    return names if all("IS NOT NULL" in one for one in conditions(index)) else []


def columns_of(item: Constraint | Index) -> list[Column[Any]]:
    """Return the columns of what has any."""
    return list(getattr(item, "columns", ()))


def name_of(table: Table, columns: Columns = ()) -> str:
    """Name a table or its columns as the code does, `Order.customer_id`, if it is mapped."""
    mapper = next(mappers_of(table), None)
    owner = mapper.class_.__name__ if mapper else table.name
    names = ", ".join(column.name for column in columns)
    return f"{owner}.{names}" if names else owner


def where(table: Table, columns: Columns = ()) -> str:
    """Return the place of a column; of several, that of `__table_args__` or the table."""
    for mapper in mappers_of(table):
        if len(columns) != 1:
            return place_of(mapper.class_, "__table_args__")
        if columns[0] in mapper.columns.values():
            attribute = mapper.get_property_by_column(columns[0])
            return place_of(mapper.class_, attribute.key)
    return place_of_table(table.name, columns[0].name if len(columns) == 1 else "")


def mappers_of(table: Table) -> Iterator[AnyMapper]:
    """Yield the mappers of a table, the base class first."""
    return (mapper for mapper in mappers() if mapper.local_table is table)


def without_index() -> set[str]:
    """Return the places of the columns that lead no index: guards know who asks for them."""
    return {
        where(table, [column])
        for table in tables()
        for column in table.columns
        if column.name not in {names[0] for names in keys(table)}
    }
