"""Keysets: the columns that order a list, and which row comes after which.

NULLs are ordered alike on every database.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.sql.visitors import iterate

from .base import Base
from .errors import InvalidInput

OrderBy = Sequence[sa.SQLColumnExpression[Any]]
PARAMETER = "position_{}"  # the value of a key in a position


class SortKey(NamedTuple):
    """A column of an order. NULLs come last unless it says otherwise."""

    column: Any
    descends: bool = False
    nulls_first: bool = False
    nullable: bool = False

    def order_by(self) -> list[sa.ColumnElement[Any]]:
        """Return the expressions of ORDER BY."""
        ordered = self.column.desc() if self.descends else self.column.asc()
        if not self.nullable:
            return [ordered]
{% if mysql %}
        null = self.column.is_(None)
        return [null.desc() if self.nulls_first else null.asc(), ordered]
{% else %}
        return [ordered.nulls_first() if self.nulls_first else ordered.nulls_last()]
{% endif %}

    def equal(self, value: object) -> sa.ColumnElement[bool]:
        """Return the criterion that a row has the value."""
        return sa.and_(self.column.is_(None) if value is None else self.column == value)

    def after(self, value: object) -> sa.ColumnElement[bool]:
        """Return the criterion that a row comes after those that have the value."""
        if value is None:
            return self.column.is_not(None) if self.nulls_first else sa.false()
        after = self.column < value if self.descends else self.column > value
        if self.nullable and not self.nulls_first:
            return sa.or_(after, self.column.is_(None))
        return sa.and_(after)

    def at_or_after(self, value: object) -> sa.ColumnElement[bool]:
        """Return the criterion that a row has the value or comes after it."""
        if self.nullable:
            return sa.or_(self.after(value), self.equal(value))
        return sa.and_(self.column <= value if self.descends else self.column >= value)


# Cached, since building it takes longer than running it.
@lru_cache
def after(keys: tuple[SortKey, ...], nulls: tuple[bool, ...]) -> sa.ColumnElement[bool]:
    """Return the criterion that a row comes after a position.

    The position has NULLs where `nulls` says so; its other values are parameters.
    """
    position = [
        None if null else sa.bindparam(PARAMETER.format(place), type_=key.column.type)
        for place, (key, null) in enumerate(zip(keys, nulls, strict=True))
    ]
    *firsts, (last, value) = zip(keys, position, strict=True)
    criterion = last.after(value)
    for key, value in reversed(firsts):
        # The first of these alone tells an index where to begin.
        criterion = sa.and_(key.at_or_after(value), sa.or_(key.after(value), criterion))
    return criterion


def sort_by(choice: str, allowed: Mapping[str, sa.SQLColumnExpression[Any]]) -> OrderBy:
    """Return the order that a client chose by a name; "-name" descends.

    Raises InvalidInput for a name that is not allowed.
    """
    column = allowed.get(choice.removeprefix("-"))
    if column is None:
        raise InvalidInput(f"sort by {', '.join(allowed)}, with - in front to descend")
    return [column.desc() if choice.startswith("-") else column]


@lru_cache
def keyset(
    model: type[Base],
    statement: sa.Select[*tuple[Any, ...]],
    given: tuple[SortKey, ...],
) -> tuple[SortKey, ...]:
    """Return the keys of an order; the primary key decides between equal rows.

    Raises ValueError when the statement is ordered or limited already.
    """
    if not statement.order_by(None).limit(None).offset(None).compare(statement):
        raise ValueError("a page has its own order and limit: give the statement none")
    keys = [*given]
    named = set().union(*(key.column.expression.base_columns for key in keys))
    primary = sa.inspect(model).primary_key
    keys += [SortKey(column) for column in primary if column not in named]
    # As the statement has them: rows find a column faster than one that is equal to it.
    chosen = [item["expr"] for item in statement.column_descriptions]
    own = {getattr(column, "expression", None): column for column in chosen}
    outer = _outer_joined(statement)
    return tuple(
        key._replace(
            column=own.get(key.column.expression, key.column),
            nullable=key.nullable
            or any(table.c.contains_column(key.column.expression) for table in outer),
        )
        for key in keys
    )


def _outer_joined(statement: sa.Select[*tuple[Any, ...]]) -> Sequence[sa.FromClause]:
    """Return the outer-joined tables, all of whose columns may be NULL."""
    joins = [
        part
        for table in statement.get_final_froms()
        for part in iterate(table)
        if isinstance(part, sa.Join)
    ]
    right = [join.right for join in joins if join.isouter or join.full]
    return [*right, *(join.left for join in joins if join.full)]
