"""Pages by keyset: each begins behind the last row of the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Select

from .cursor import Cursors, values_of
from .order import Key, behind, parameter

Item = TypeVar("Item")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items of a list, and the cursors of the pages around it, if there are any."""

    items: Sequence[Item]
    next_cursor: str | None
    previous_cursor: str | None = None

    def holding(self, items: Sequence[Other]) -> "Page[Other]":
        """Return the page with these items in place of its own."""
        return Page(items, self.next_cursor, self.previous_cursor)


class PageRequest:
    """Which page is asked for: how many items, in which order, from which cursor on."""

    def __init__(
        self, keys: tuple[Key, ...], limit: int, cursors: Cursors, cursor: str | None
    ) -> None:
        if limit < 1:
            raise ValueError(f"a page has at least one item, not {limit}")
        self._keys, self._limit, self._cursors = keys, limit, cursors
        self._position = cursors.read(cursor, keys)

    def narrow(self, statement: Select[*Columns]) -> Select[*Columns]:
        """Select only the page, and one row more that tells whether others follow."""
        nulls = tuple(value is None for value in self._position.values)
        backwards = self._position.backwards
        narrowed: Select[*Columns] = _narrowed(
            statement, self._keys, nulls, backwards, self._limit + 1
        )
        return narrowed

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the narrowed statement: the values of the cursor."""
        values = enumerate(self._position.values)
        return {parameter(place): value for place, value in values}

    def page(self, found: Sequence[Item]) -> Page[Item]:
        """Make the page of what the narrowed statement found.

        Raises ValueError when the next page would leave out a row.
        """
        items, rest = found[: self._limit], found[self._limit :]
        more, begun = bool(rest), bool(self._position.values)
        around = [values_of(item, self._keys) for item in (*items[-1:], *rest)]
        if len(around) == 2 and around[0] == around[1]:
            raise ValueError("two rows have the same place: add a column to the order")
        if self._position.backwards:
            items, more, begun = items[::-1], begun, more
        return Page(
            items,
            self._cursor(items[-1], backwards=False) if items and more else None,
            self._cursor(items[0], backwards=True) if items and begun else None,
        )

    def _cursor(self, item: object, *, backwards: bool) -> str:
        return self._cursors.write(item, self._keys, backwards=backwards)


# Kept: a statement that comes again need not be built and looked through again.
@lru_cache
def _narrowed(
    statement: Select[*tuple[Any, ...]],
    keys: tuple[Key, ...],
    nulls: tuple[bool, ...],
    backwards: bool,
    limit: int,
) -> Any:
    if backwards:
        keys = tuple(key.reversed() for key in keys)
    if nulls:
        statement = statement.where(behind(keys, nulls))
    columns = [column for key in keys for column in key.order_by()]
    return statement.order_by(*columns).limit(limit)
