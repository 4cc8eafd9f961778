"""Orders of rows: which row is behind which, NULLs included, on every database alike."""

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, false, or_


class Key(NamedTuple):
    """A column of an order. NULLs come last unless it says otherwise."""

    column: Any
    descends: bool = False
    nulls_first: bool = False
    nullable: bool = False

    def reversed(self) -> "Key":
        """Return the key that orders the other way round."""
        return self._replace(
            descends=not self.descends, nulls_first=not self.nulls_first
        )

    def order_by(self) -> list[ColumnElement[Any]]:
        """Return what ORDER BY takes."""
        ordered = self.column.desc() if self.descends else self.column.asc()
        if not self.nullable:
            return [ordered]
{% if mysql %}
        null = self.column.is_(None)
        return [null.desc() if self.nulls_first else null.asc(), ordered]
{% else %}
        return [ordered.nulls_first() if self.nulls_first else ordered.nulls_last()]
{% endif %}

    def equal(self, value: object) -> ColumnElement[bool]:
        """Say that a row has the value."""
        found: ColumnElement[bool] = (
            self.column.is_(None) if value is None else self.column == value
        )
        return found

    def behind(self, value: object) -> ColumnElement[bool]:
        """Say that a row comes behind those that have the value."""
        if value is None:
            return self.column.is_not(None) if self.nulls_first else false()
        behind = self.column < value if self.descends else self.column > value
        if self.nullable and not self.nulls_first:
            return or_(behind, self.column.is_(None))
        return and_(behind)

    def not_before(self, value: object) -> ColumnElement[bool]:
        """Say that a row has the value, or comes behind those that have it."""
        if self.nullable:
            return or_(self.behind(value), self.equal(value))
        return and_(self.column <= value if self.descends else self.column >= value)


def parameter(place: int) -> str:
    """Return the name of the parameter for the value of a key in a position."""
    return f"position_{place}"


# Kept, like what is made of it: to build it takes longer than to run it.
@lru_cache
def behind(keys: tuple[Key, ...], nulls: tuple[bool, ...]) -> ColumnElement[bool]:
    """Say that a row comes behind a position, which has NULLs where `nulls` says so.

    Its other values are the parameters that `parameter` names.
    """
    position = [
        None if null else bindparam(parameter(place), type_=key.column.type)
        for place, (key, null) in enumerate(zip(keys, nulls, strict=True))
    ]
    *firsts, (last, value) = zip(keys, position, strict=True)
    found = last.behind(value)
    for key, value in reversed(firsts):
        # The first of these alone tells an index where to begin.
        found = and_(key.not_before(value), or_(key.behind(value), found))
    return found
