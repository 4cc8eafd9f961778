"""Cursors: where a page begins, as a text that a client can keep but not forge."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from itsdangerous import (
    BadData,
    SignatureExpired,
    TimestampSigner,
    base64_decode,
    base64_encode,
)
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import Row

from .errors import StorageError
from .order import Key

DAY = 24 * 60 * 60  # seconds


class InvalidCursor(StorageError):
    """The cursor is not one of ours, too old, or of another list."""

    code = "invalid_cursor"


class Position(NamedTuple):
    """Where a page begins: at the row with these values, and in which direction."""

    values: tuple[Any, ...] = ()
    backwards: bool = False


class Cursors:
    """Turn a position into an opaque, signed text and back."""

    def __init__(self, secret: str, *, max_age: int = DAY) -> None:
        self._signer = TimestampSigner(secret, salt="cursor")
        self._max_age = max_age

    def write(self, item: object, keys: Sequence[Key], *, backwards: bool) -> str:
        """Return the cursor that begins at an item."""
        content = to_json([_name(keys), backwards, *values_of(item, keys)])
        return self._signer.sign(base64_encode(content)).decode()

    def read(self, cursor: str | None, keys: Sequence[Key]) -> Position:
        """Return the position of a cursor. Raises InvalidCursor."""
        if cursor is None:
            return Position()
        try:
            signed = self._signer.unsign(cursor, max_age=self._max_age)
            name, backwards, *values = from_json(base64_decode(signed))
        except SignatureExpired as error:
            raise InvalidCursor("the cursor is too old: begin again") from error
        except (BadData, ValueError) as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        if name != _name(keys):
            raise InvalidCursor("the cursor is of another list")
        try:
            pairs = zip(keys, values, strict=True)
            return Position(tuple(_restored(*pair) for pair in pairs), backwards)
        except ValueError as error:
            raise InvalidCursor("the cursor is of another version") from error


def values_of(item: object, keys: Sequence[Key]) -> tuple[object, ...]:
    """Return the values that give an item its place in the order."""
    return tuple(_value(item, key.column) for key in keys)


def _value(item: object, column: Any) -> object:
    if not isinstance(item, Row):
        return getattr(item, column.key)
    # Not by its name, which another column of the row may have too.
    if column not in item._mapping:
        raise ValueError(f"the rows of a page need {column}, without a label")
    return item._mapping[column]


def _name(keys: Sequence[Key]) -> str:
    return ",".join(f"{key.column}{'-' * key.descends}" for key in keys)


def _restored(key: Key, value: object) -> object:
    return _adapter(key.column.type.python_type).validate_python(value)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind | None)
