"""Checksums of what was read, which may be rows, mappings or entities.

Times of writing are left out: they are the database's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .inputs import COLUMNS, digest

KEYED = ("id", *COLUMNS)


def rows(found: Iterable[Any], columns: Sequence[str] = KEYED) -> str:
    """Return the checksum of rows whose first columns are these, or of entities."""
    return digest(_row(row, columns) for row in found)


def tree(found: Iterable[Any]) -> str:
    """Return the checksum of parents, children and grandchildren."""
    return digest(_parent(parent) for parent in found)


def counted(found: Sequence[int]) -> str:
    """Return the checksum of a count and a sum."""
    return digest(map(int, found))


def _row(row: Any, columns: Sequence[str]) -> list[Any]:
    if isinstance(row, Sequence):
        return [_plain(value) for value in row[: len(columns)]]
    return [_plain(_value(row, name)) for name in columns]


def _parent(item: Any) -> list[Any]:
    own = [_value(item, name) for name in ("id", "shelf", "name")]
    return [*own, *(_child(child) for child in _value(item, "children"))]


def _child(item: Any) -> list[Any]:
    own = [_value(item, name) for name in ("id", "name", "price_cents")]
    below = [
        [_value(grandchild, name) for name in ("id", "name", "quantity")]
        for grandchild in _value(item, "grandchildren")
    ]
    return [*own, *below]


def _value(item: Any, name: str) -> Any:
    return item[name] if isinstance(item, Mapping) else getattr(item, name)


def _plain(value: Any) -> Any:
    """Make of a value what all drivers make of it."""
    if isinstance(value, str):
        text = str(value)
        # SQLite's own moments are text.
        if text[:2] == "20" and text[4:5] == "-":
            return _plain(datetime.fromisoformat(text))
        return text
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    return value
