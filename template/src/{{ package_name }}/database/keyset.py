"""What orders a list: the columns that are asked for, and the primary key."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    FromClause,
    Join,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    inspect,
)
from sqlalchemy.sql.operators import desc_op, nulls_first_op
from sqlalchemy.sql.visitors import iterate

from .base import Base
{% if mysql %}
from .mysql import ROUNDED
{% endif %}
from .order import Key
{% if sqlite %}
from .sqlite import ROUNDED
{% endif %}

OrderBy = Sequence[SQLColumnExpression[Any]]


def keyset(
    model: type[Base], statement: Select[*tuple[Any, ...]], order: OrderBy
) -> tuple[Key, ...]:
    """Return the columns of an order; the primary key decides between equal rows.

    Raises TypeError when it is not one of columns that are compared exactly, ValueError
    when the statement is ordered or limited already.
    """
    if _is_ordered(statement):
        raise ValueError("a page has its own order and limit: give the statement none")
    found = [_key(expression) for expression in order]
    named = set().union(*(key.column.expression.base_columns for key in found))
    primary = inspect(model).primary_key
    found += [Key(column) for column in primary if column not in named]
    optional = _optional(statement) if len(statement.columns_clause_froms) > 1 else ()
    return tuple(
        key._replace(nullable=True)
        if any(table.c.contains_column(key.column.expression) for table in optional)
        else key
        for key in found
    )


def _key(expression: SQLColumnExpression[Any]) -> Key:
    modifiers = []
    column: Any = expression
    while isinstance(column, UnaryExpression):
        modifiers.append(column.modifier)
        column = column.element
    if not isinstance(column.expression, Column):
        raise TypeError(f"a page is ordered by columns, not by {column}")
{% if not postgresql %}
    if type(column.type) in ROUNDED:
        instead = "{{ 'Double' if mysql else 'Cents' }}"
        raise TypeError(f"{column} is rounded when it is read: make it {instead}")
{% endif %}
    descends, nulls_first = desc_op in modifiers, nulls_first_op in modifiers
    return Key(column, descends, nulls_first, column.nullable)


@lru_cache
def _is_ordered(statement: Select[*tuple[Any, ...]]) -> bool:
    plain = statement.order_by(None).limit(None).offset(None)
    return not plain.compare(statement)


@lru_cache
def _optional(statement: Select[*tuple[Any, ...]]) -> Sequence[FromClause]:
    """Return what is joined from the outside, so that all its columns may be NULL."""
    joins = [
        part
        for table in statement.get_final_froms()
        for part in iterate(table)
        if isinstance(part, Join)
    ]
    right = [join.right for join in joins if join.isouter or join.full]
    return [*right, *(join.left for join in joins if join.full)]
