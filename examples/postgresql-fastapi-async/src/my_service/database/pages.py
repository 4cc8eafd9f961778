"""Pages by keyset: each begins after the last row of the one before.

A cursor says where, as a text that a client can read but not forge.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any, Generic, TypeVar, TypeVarTuple

from itsdangerous import (
    BadData,
    SignatureExpired,
    TimestampSigner,
    base64_decode,
    base64_encode,
)
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import Row, Select

from .errors import StorageError
from .keyset import SortKey, after, parameter

Item = TypeVar("Item")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")
DAY = 24 * 60 * 60  # seconds
INTEGER = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # no database has longer ones


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

    def __init__(self, secret: str, *, max_age: int = DAY) -> None:
        self._signer = TimestampSigner(
            secret, salt="cursor", key_derivation="hmac", digest_method=hashlib.sha256
        )
        self._max_age = max_age

    def write(self, item: object, keys: Sequence[SortKey]) -> str:
        """Return the cursor of the page after an item."""
        content = [_name(keys), *_values_of(item, keys)]
        signed = base64_encode(to_json(content, bytes_mode="base64"))
        return self._signer.sign(signed).decode()

    def read(self, cursor: str | None, keys: Sequence[SortKey]) -> tuple[object, ...]:
        """Return the values of the item before the page. Raises InvalidCursor."""
        if cursor is None:
            return ()
        try:
            signed = self._signer.unsign(cursor, max_age=self._max_age)
            content = from_json(base64_decode(signed))
        except SignatureExpired as error:
            raise InvalidCursor("the cursor is too old: begin again") from error
        except (BadData, ValueError) as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        match content:
            case [str(name), *values] if name == _name(keys):
                return _restored(keys, values)
            case _:
                raise InvalidCursor("the cursor is of another list")


class PageRequest:
    """Which page is asked for: how many items, in which order, from which cursor on."""

    def __init__(
        self,
        keys: tuple[SortKey, ...],
        limit: int,
        cursors: Cursors,
        cursor: str | None,
    ) -> None:
        if limit < 1:
            raise ValueError(f"a page has at least one item, not {limit}")
        self._keys, self._limit, self._cursors = keys, limit, cursors
        self._position = cursors.read(cursor, keys)

    def apply(self, statement: Select[*Columns]) -> Select[*Columns]:
        """Select only the page, and one row more that tells whether others follow."""
        nulls = tuple(value is None for value in self._position)
        applied: Select[*Columns] = _applied(
            statement, self._keys, nulls, self._limit + 1
        )
        return applied

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of that statement: the values of the cursor."""
        return {parameter(place): value for place, value in enumerate(self._position)}

    def page(self, rows: Sequence[Item]) -> Page[Item]:
        """Make the page of the rows that the statement gave.

        Raises ValueError when the next page would leave out a row.
        """
        items, rest = rows[: self._limit], rows[self._limit :]
        border = [_values_of(item, self._keys) for item in (*items[-1:], *rest)]
        if len(border) == 2 and border[0] == border[1]:
            raise ValueError("two rows have the same place: add a column to the order")
        cursor = self._cursors.write(items[-1], self._keys) if rest else None
        return Page(items, cursor)


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
    # Not by its name, which another column of the row may have too.
    if column not in item._mapping:
        raise ValueError(f"the rows of a page need {column}, without a label")
    return item._mapping[column]


def _name(keys: Sequence[SortKey]) -> str:
    return ",".join(f"{key.column}{'-' * key.descends}" for key in keys)


def _restored(keys: Sequence[SortKey], values: Sequence[object]) -> tuple[object, ...]:
    try:
        return tuple(
            _adapter(key.column.type.python_type).validate_python(value)
            for key, value in zip(keys, values, strict=True)
        )
    except ValueError as error:
        raise InvalidCursor("the cursor is of another version") from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    exact: Any = INTEGER if kind is int else kind
    optional: Any = exact | None
    return TypeAdapter(optional, config=ConfigDict(val_json_bytes="base64"))
