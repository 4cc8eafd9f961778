"""What a statement reads, and by what it finds its rows."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BinaryExpression, BooleanClauseList, Column, ColumnElement, Table
from sqlalchemy.sql import operators
from sqlalchemy.sql.visitors import iterate

Name = tuple[str, str]  # of a column: its table's and its own


def tables_in(statement: Any) -> set[str]:
    """Return the names of the tables that a statement reads."""
    return {part.key for part in iterate(statement) if isinstance(part, Table)}


def columns_in(statement: Any) -> set[Name]:
    """Return the columns that a statement names; those of whole models it does not name."""
    return {
        name
        for part in iterate(statement)
        if isinstance(part, ColumnElement)
        for name in names(part.base_columns)
    }


def names(columns: Any) -> Iterator[Name]:
    """Yield the names of columns of tables."""
    for column in columns:
        if isinstance(column, Column):
            yield column.table.key, column.key


def is_by_key(statement: Any) -> bool:
    """Tell whether a statement finds its rows by their primary key, and nothing else."""
    where = getattr(statement, "whereclause", None)
    parts = where.clauses if isinstance(where, BooleanClauseList) else [where]
    columns = [
        part.left
        for part in parts
        if isinstance(part, BinaryExpression)
        and part.operator in (operators.eq, operators.in_op)
        and isinstance(part.left, Column)
    ]
    keys = {key for column in columns for key in column.table.primary_key}
    return len(columns) == len(parts) and set(names(keys)) == set(names(columns))
