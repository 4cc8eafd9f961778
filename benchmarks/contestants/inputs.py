"""What all contestants are given, and what has to be there afterwards.

The numbers decide everything, so that whoever judges computes the same rows again.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

Row = dict[str, Any]

BASE = 10_000  # rows that are there before an upsert, an update or a get
ARCHIVE = 1_000_000  # rows that are paged through
PAGE = 20
FAR = 10_000  # the number of the far page
SHELVES = 10
PARENTS, CHILDREN, GRANDCHILDREN = 50, 3, 2  # of a shelf, of a parent, of a child

SIZES = {  # rows, or repetitions of what reads little
    "insert": 10_000,
    "upsert": 5_000,
    "update": 10_000,
    "get": 2_000,
    "tree": 200,
    "first_page": 200,
    "far_page": 200,
    "stream": 100_000,
}
WRITES = ("insert", "upsert", "update")
BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
COLUMNS = ("sku", "name", "price_cents", "stock", "listed_at", "status")
CHANGED = COLUMNS[1:]  # what an upsert sets in a row that is there


class Status(StrEnum):
    """What can be done with an item."""

    DRAFT = "draft"
    LISTED = "listed"
    SOLD_OUT = "sold_out"


STATUSES = tuple(Status)


def row(number: int, edition: int = 0) -> Row:
    """Return the values of a row; those of another edition all differ, but for the sku.

    Three rows in a row share their moment, so that an order by it needs a tiebreaker.
    """
    return {
        "sku": f"SKU-{number:08}",
        "name": f"Product {number}, edition {edition} (größer)",
        "price_cents": 2**40 + 7 * number + edition,
        "stock": number % 1000 + edition,
        "listed_at": BEGIN + timedelta(seconds=number // 3, microseconds=edition),
        "status": STATUSES[(number + edition) % 3],
    }


def stored(first: int, last: int) -> Iterator[Row]:
    """Yield rows with their keys."""
    return ({"id": number, **row(number)} for number in range(first, last))


def inserts(size: int) -> list[Row]:
    """Return rows that are new."""
    return [row(number) for number in range(1, size + 1)]


def upserts(size: int) -> list[Row]:
    """Return rows of which half are there, with other values, one by one with new ones."""
    pairs = (
        (row(2 * number, edition=1), row(BASE + number))
        for number in range(1, size // 2 + 1)
    )
    return [row for pair in pairs for row in pair]


def updates(size: int) -> list[Row]:
    """Return a change of three columns for each row that is there, by key."""
    changed = ("name", "price_cents", "stock")
    numbered = ((number, row(number, edition=1)) for number in range(1, size + 1))
    return [
        {"id": number} | {name: values[name] for name in changed}
        for number, values in numbered
    ]


def keys(size: int) -> list[int]:
    """Return different keys in no order."""
    return random.Random(1).sample(range(1, BASE + 1), size)


def shelves(size: int) -> list[int]:
    """Return the numbers of shelves, again and again."""
    return [number % SHELVES for number in range(size)]


def before_far_page() -> Row:
    """Return the last row of the page before the far one."""
    (stored_row,) = stored(
        ARCHIVE - PAGE * (FAR - 1) + 1, ARCHIVE - PAGE * (FAR - 1) + 2
    )
    return stored_row


def newest(skipped: int) -> list[int]:
    """Return the numbers of a page of the archive, the newest first."""
    last = ARCHIVE - skipped
    return list(range(last, last - PAGE, -1))


def shelf(number: int) -> list[Row]:
    """Return the parents of a shelf with their children and grandchildren."""
    first = number * PARENTS + 1
    return [_parent(key, number) for key in range(first, first + PARENTS)]


def _parent(key: int, number: int) -> Row:
    first = (key - 1) * CHILDREN + 1
    children = [_child(child) for child in range(first, first + CHILDREN)]
    return {"id": key, "shelf": number, "name": f"Parent {key}", "children": children}


def _child(key: int) -> Row:
    first = (key - 1) * GRANDCHILDREN + 1
    grandchildren = [
        {"id": below, "name": f"Grandchild {below}", "quantity": below % 7}
        for below in range(first, first + GRANDCHILDREN)
    ]
    cents = 2**33 + key
    name = f"Child {key}"
    return {
        "id": key,
        "name": name,
        "price_cents": cents,
        "grandchildren": grandchildren,
    }


def digest(values: Iterable[Any]) -> str:
    """Return a checksum of values whose text tells all of them."""
    found = hashlib.sha256()
    for value in values:
        found.update(repr(value).encode())
    return found.hexdigest()
