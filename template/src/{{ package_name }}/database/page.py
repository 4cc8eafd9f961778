"""Pages by keyset: each begins behind the last row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from itsdangerous import BadSignature, URLSafeSerializer
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    UnaryExpression,
    and_,
    or_,
)
from sqlalchemy.sql.operators import desc_op

from .errors import StorageError

Item = TypeVar("Item")
OrderBy = Sequence[SQLColumnExpression[Any]]


class InvalidCursor(StorageError):
    """The cursor is not one of ours, or belongs to another list."""


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursor of the next page if there is one."""

    items: Sequence[Item]
    next_cursor: str | None


class Cursors:
    """Turn the position of a row into an opaque, signed text and back."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="cursor")

    def cursor(self, item: object, order: OrderBy) -> str:
        """Return the cursor that points behind the item."""
        position = [getattr(item, column.key) for column, _ in _keys(order)]
        content = [_name(order), *to_jsonable_python(position)]
        return str(self._serializer.dumps(content))

    def position(self, cursor: str | None, order: OrderBy) -> tuple[Any, ...] | None:
        """Return the values that a cursor holds. Raises InvalidCursor."""
        if cursor is None:
            return None
        try:
            name, *values = self._serializer.loads(cursor)
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        if name != _name(order):
            raise InvalidCursor("the cursor belongs to another list")
        types = [column.type.python_type for column, _ in _keys(order)]
        return tuple(
            TypeAdapter(kind).validate_python(value)
            for kind, value in zip(types, values, strict=True)
        )


def one_page(
    statement: Select[Item],
    order: OrderBy,
    limit: int,
    position: tuple[Any, ...] | None,
) -> Select[Item]:
    """Narrow a select to one page, and one row more that tells whether others follow."""
    if position is not None:
        statement = statement.where(_behind(order, position))
    return statement.order_by(*order).limit(limit + 1)


def fetched(
    items: Sequence[Item], order: OrderBy, limit: int, cursors: Cursors
) -> Page[Item]:
    """Make the page of what `one_page` found."""
    more = len(items) > limit
    items = items[:limit]
    return Page(items, cursors.cursor(items[-1], order) if more else None)


def _keys(order: OrderBy) -> list[tuple[Any, bool]]:
    """Return each column, and whether it descends."""
    return [
        (key.element, key.modifier is desc_op)
        if isinstance(key, UnaryExpression)
        else (key, False)
        for key in order
    ]


def _name(order: OrderBy) -> str:
    return ",".join(str(key) for key in order)


def _behind(order: OrderBy, position: tuple[Any, ...]) -> ColumnElement[bool]:
    """Say, column by column: equal so far, and then behind."""
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (column, descends), value in zip(_keys(order), position, strict=True):
        behind = column < value if descends else column > value
        alternatives.append(and_(*equal, behind))
        equal.append(column == value)
    return or_(*alternatives)
