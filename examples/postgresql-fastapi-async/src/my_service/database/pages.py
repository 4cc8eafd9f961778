"""Pages by keyset: each begins after the last row of the one before.

A cursor says where, as a text that a client can read but not forge.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar

from itsdangerous import BadData, TimestampSigner, base64_decode, base64_encode
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Column, Row, Select, SQLColumnExpression, UnaryExpression
from sqlalchemy.sql.operators import desc_op, nulls_first_op

from .base import Base
from .errors import StorageError
from .keyset import PARAMETER, OrderBy, SortKey, after, keyset

Item = TypeVar("Item")
Other = TypeVar("Other")
# No database has longer ones.
INTEGER: Any = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class InvalidCursor(StorageError):
    """The cursor is not one of ours, too old, or of another list."""

    code = "invalid_cursor"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursor of the next page, if there is one.

    `total` counts the items of the whole list, where that was asked for.
    """

    items: Sequence[Item]
    next_cursor: str | None
    total: int | None = None

    def with_items(self, items: Sequence[Other]) -> "Page[Other]":
        """Return the page with these items in place of its own."""
        return Page(items, self.next_cursor, self.total)


class Cursors:
    """Turn a row's place in an order into a signed text, which anybody can read, and back."""

    def __init__(self, secret: str, *, max_age: timedelta = timedelta(days=1)) -> None:
        self._signer = TimestampSigner(
            secret, salt="cursor", key_derivation="hmac", digest_method=hashlib.sha256
        )
        self._max_age = max_age

    def write(self, values: tuple[object, ...], keys: tuple[SortKey, ...]) -> str:
        """Return the cursor of the page after the item that has the values."""
        content = [_name(keys), *values]
        signed = base64_encode(to_json(content, bytes_mode="base64"))
        return self._signer.sign(signed).decode()

    def read(self, cursor: str | None, keys: tuple[SortKey, ...]) -> tuple[object, ...]:
        """Return the values of the item before the page. Raises InvalidCursor."""
        if cursor is None:
            return ()
        try:
            # Signed on another machine, it may be of a moment that is to come here.
            signed, at = self._signer.unsign(cursor, return_timestamp=True)
            if datetime.now(UTC) - at > self._max_age:
                raise InvalidCursor("the cursor is too old: begin again")
            name, *values = _content(keys).validate_json(base64_decode(signed))
            if name != _name(keys):
                raise ValueError(name)
        except BadData as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        except ValueError as error:
            reason = "the cursor is of another list, or another version of it"
            raise InvalidCursor(reason) from error
        return tuple(values)


class PageRequest:
    """Which page is asked for: how many items, in which order, from which cursor on.

    `statement` selects it, and one row more that tells whether others follow;
    `parameters` are the values of the cursor. Raises TypeError for an order by anything
    but columns that are compared exactly; ValueError, InvalidCursor.
    """

    def __init__(
        self,
        model: type[Base],
        statement: Select[*tuple[Any, ...]],
        order: OrderBy,
        limit: int,
        cursors: Cursors,
        cursor: str | None,
    ) -> None:
        if limit < 1:
            raise ValueError(f"a page has at least one item, not {limit}")
        # Not by the order itself: `column.desc()` is a new expression each time.
        self._keys = keyset(model, statement, tuple(map(_sort_key, order)))
        self._limit, self._cursors = limit, cursors
        position = cursors.read(cursor, self._keys)
        nulls = tuple(value is None for value in position)
        self.statement = _applied(statement, self._keys, nulls, limit + 1)
        names = map(PARAMETER.format, range(len(position)))
        self.parameters = dict(zip(names, position, strict=True))

    def page(self, rows: Sequence[Item]) -> Page[Item]:
        """Make the page of the rows that the statement gave.

        Raises ValueError when the next page would leave out a row.
        """
        items, rest = rows[: self._limit], rows[self._limit :]
        border = [_values_of(item, self._keys) for item in (*items[-1:], *rest)]
        if len(border) == 2 and border[0] == border[1]:
            raise ValueError("two rows have the same place: add a column to the order")
        cursor = self._cursors.write(border[0], self._keys) if rest else None
        return Page(items, cursor)


def _sort_key(expression: SQLColumnExpression[Any]) -> SortKey:
    modifiers = []
    column: Any = expression
    while isinstance(column, UnaryExpression):
        modifiers.append(column.modifier)
        column = column.element
    if not isinstance(column.expression, Column):
        raise TypeError(f"a page is ordered by columns, not by {column}")
    descends, nulls_first = desc_op in modifiers, nulls_first_op in modifiers
    return SortKey(column, descends, nulls_first, column.nullable)


# Cached: SQLAlchemy, too, finds a statement that it knows sooner than a new one.
@lru_cache
def _applied(
    statement: Select[*tuple[Any, ...]],
    keys: tuple[SortKey, ...],
    nulls: tuple[bool, ...],
    limit: int,
) -> Any:
    if nulls:
        statement = statement.where(after(keys, nulls))
    columns = [column for key in keys for column in key.order_by()]
    return statement.order_by(*columns).limit(limit)


def _values_of(item: object, keys: Sequence[SortKey]) -> tuple[object, ...]:
    """Return the values that give an item its place in the order."""
    return tuple(_value(item, key.column) for key in keys)


def _value(item: object, column: Any) -> object:
    if not isinstance(item, Row):
        return getattr(item, column.key)
    try:
        # Not by its name, which another column of the row may have too.
        return item._mapping[column]
    except KeyError as error:
        reason = f"the rows of a page need {column}, without a label"
        raise ValueError(reason) from error


def _name(keys: Sequence[SortKey]) -> str:
    return ",".join(f"{key.column.expression}{'-' * key.descends}" for key in keys)


@lru_cache
def _content(keys: tuple[SortKey, ...]) -> TypeAdapter[Any]:
    """Return the type of a cursor's content: the name of the order, then the values."""
    kinds = [key.column.type.python_type for key in keys]
    values: list[Any] = [(INTEGER if kind is int else kind) | None for kind in kinds]
    content: Any = GenericAlias(tuple, (str, *values))
    return TypeAdapter(content, config=ConfigDict(val_json_bytes="base64"))
