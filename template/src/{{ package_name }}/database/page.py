"""Pages by keyset: each begins behind the last row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar, TypeVarTuple

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import Select

from .errors import StorageError
from .order import Key, behind

Item = TypeVar("Item")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")
DAY = 24 * 60 * 60  # seconds


class InvalidCursor(StorageError):
    """The cursor is not one of ours, too old, or of another list."""


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursors of the pages around it, if there are any."""

    items: Sequence[Item]
    next_cursor: str | None
    previous_cursor: str | None = None

    def holding(self, items: Sequence[Other]) -> "Page[Other]":
        """Return the page with these items in place of its own."""
        return Page(items, self.next_cursor, self.previous_cursor)


class Position(NamedTuple):
    """Where a page begins: at the row with these values, and in which direction."""

    values: tuple[Any, ...] = ()
    backwards: bool = False


class Cursors:
    """Turn a position into an opaque, signed text and back."""

    def __init__(self, secret: str, *, max_age: int = DAY) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="cursor")
        self._max_age = max_age

    def write(self, item: object, keys: Sequence[Key], *, backwards: bool) -> str:
        """Return the cursor that begins at an item."""
        values = to_jsonable_python([getattr(item, key.column.key) for key in keys])
        return str(self._serializer.dumps([_name(keys), backwards, *values]))

    def read(self, cursor: str | None, keys: Sequence[Key]) -> Position:
        """Return the position of a cursor. Raises InvalidCursor."""
        if cursor is None:
            return Position()
        try:
            content = self._serializer.loads(cursor, max_age=self._max_age)
        except SignatureExpired as error:
            raise InvalidCursor("the cursor is too old: begin again") from error
        except (BadSignature, ValueError) as error:
            raise InvalidCursor("the cursor is not one of ours") from error
        name, backwards, *values = content
        if name != _name(keys):
            raise InvalidCursor("the cursor is of another list")
        try:
            pairs = zip(keys, values, strict=True)
            return Position(tuple(_restored(*pair) for pair in pairs), backwards)
        except ValueError as error:
            raise InvalidCursor("the cursor is of another version") from error


class PageRequest:
    """Which page is asked for: how many items, in which order, from which cursor on."""

    def __init__(
        self, keys: Sequence[Key], limit: int, cursors: Cursors, cursor: str | None
    ) -> None:
        self._keys, self._limit, self._cursors = keys, limit, cursors
        self._position = cursors.read(cursor, keys)

    def narrow(self, statement: Select[*Columns]) -> Select[*Columns]:
        """Select only the page, and one row more that tells whether others follow."""
        keys, position = self._keys, self._position
        if position.backwards:
            keys = [key.reversed() for key in keys]
        if position.values:
            statement = statement.where(behind(keys, position.values))
        columns = [column for key in keys for column in key.order_by()]
        return statement.order_by(*columns).limit(self._limit + 1)

    def page(self, found: Sequence[Item]) -> Page[Item]:
        """Make the page of what the narrowed statement found."""
        items = found[: self._limit]
        more, begun = len(found) > self._limit, bool(self._position.values)
        if self._position.backwards:
            items, more, begun = items[::-1], begun, more
        return Page(
            items,
            self._cursor(items[-1], backwards=False) if items and more else None,
            self._cursor(items[0], backwards=True) if items and begun else None,
        )

    def _cursor(self, item: object, *, backwards: bool) -> str:
        return self._cursors.write(item, self._keys, backwards=backwards)


def _name(keys: Sequence[Key]) -> str:
    return ",".join(f"{key.column}{'-' * key.descends}" for key in keys)


def _restored(key: Key, value: object) -> object:
    kind = key.column.type.python_type
    return TypeAdapter(kind | None).validate_python(value)
