"""Cursors: where a page begins, as a text that a client can read but not forge."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple

from itsdangerous import (
    BadData,
    SignatureExpired,
    TimestampSigner,
    base64_decode,
    base64_encode,
)
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic_core import from_json, to_json
from sqlalchemy import Row

from .errors import StorageError
from .order import Key

DAY = 24 * 60 * 60  # seconds
INTEGER = Annotated[int, Field(ge=-(2**63), lt=2**63)]  # no database has longer ones


class InvalidCursor(StorageError):
    """The cursor is not one of ours, too old, or of another list."""

    code = "invalid_cursor"


class Position(NamedTuple):
    """Where a page begins: at the row with these values, and in which direction."""

    values: tuple[Any, ...] = ()
    backwards: bool = False


class Cursors:
    """Turn a position into a signed text, which anybody can read, and back."""

    def __init__(self, secret: str, *, max_age: int = DAY) -> None:
        self._signer = TimestampSigner(
            secret,
            salt="cursor",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._max_age = max_age

    def write(self, item: object, keys: Sequence[Key], *, backwards: bool) -> str:
        """Return the cursor that begins at an item."""
        values = values_of(item, keys)
        content = to_json([_name(keys), backwards, *values], bytes_mode="base64")
        return self._signer.sign(base64_encode(content)).decode()

    def read(self, cursor: str | None, keys: Sequence[Key]) -> Position:
        """Return the position of a cursor. Raises InvalidCursor."""
        if cursor is None:
            return Position()
        try:
            signed = self._signer.unsign(cursor, max_age=self._max_age)
            content = from_json(base64_decode(signed))
        except SignatureExpired as error:
            raise InvalidCursor("the cursor is too old: begin again") from error
        except (BadData, ValueError) as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        match content:
            case [str(name), bool(backwards), *values] if name == _name(keys):
                return Position(_restored(keys, values), backwards)
            case _:
                raise InvalidCursor("the cursor is of another list")


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


def _restored(keys: Sequence[Key], values: Sequence[object]) -> tuple[object, ...]:
    try:
        return tuple(
            _adapter(key.column.type.python_type).validate_python(value)
            for key, value in zip(keys, values, strict=True)
        )
    except ValueError as error:
        raise InvalidCursor("the cursor is of another version") from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    optional: Any = (INTEGER if kind is int else kind) | None
    return TypeAdapter(optional, config=ConfigDict(val_json_bytes="base64"))
