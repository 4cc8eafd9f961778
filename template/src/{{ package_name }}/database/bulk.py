{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Writing many rows with few statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    delete,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from .base import Base, touched
from .translation import own_errors
from .upsert import upsert

Model = TypeVar("Model", bound=Base)
Row = Mapping[str, Any]

CHUNK = 1000


class Upserted(NamedTuple):
    """How many rows were new, and how many were there and different."""

    inserted: int
    updated: int


def chunks(rows: Iterable[Row], size: int = CHUNK) -> Iterator[list[Row]]:
    """Cut rows into lists of at most `size`, reading no further than the current one."""
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


class BulkWriter(Generic[Model]):
    """Writes rows, given as mappings from column to value, past the identity map."""

    model: type[Model]
    session: AsyncSession

    async def insert_many(self, rows: Iterable[Row]) -> int:
        """Insert rows in chunks and return how many.

        Raises Conflict, ReferenceMissing or CheckFailed.
        """
        count = 0
        with own_errors():
            for chunk in chunks(rows):
                await self.session.execute(insert(self.model), chunk)
                count += len(chunk)
        return count

    async def upsert_many(
        self, rows: Iterable[Row], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already.

        Of rows with the same key in one chunk the last counts. A row that is there and
        does not differ in the `update` columns is not written.
        """
        inserted = updated = 0
        statement = upsert(self.model, key, update)
        for chunk in chunks(rows):
            latest = {tuple(row[name] for name in key): row for row in chunk}
            stored = await self._stored(list(latest), key, update)
            new = [row for values, row in latest.items() if values not in stored]
            changed = [
                row
                for values, row in latest.items()
                if values in stored and stored[values] != [row[name] for name in update]
            ]
            if new or changed:
                with own_errors():
                    await self.session.execute(statement, new + changed)
            inserted += len(new)
            updated += len(changed)
        return Upserted(inserted, updated)

    async def _stored(
        self, keys: Sequence[tuple[Any, ...]], key: Sequence[str], update: Sequence[str]
    ) -> dict[tuple[Any, ...], list[Any]]:
        columns = [getattr(self.model, name) for name in (*key, *update)]
        found = tuple_(*columns[: len(key)]).in_(keys)
        rows = await self.session.execute(select(*columns).where(found))
        return {tuple(row[: len(key)]): list(row[len(key) :]) for row in rows}

    async def update_where(self, *criteria: ColumnElement[bool], **values: Any) -> int:
        """Set columns of every row that fits and return how many were changed."""
        changes = touched(self.model) | values
        statement = update(self.model).where(*criteria).values(changes)
        with own_errors():
            result = await self.session.execute(statement)
        return cast("CursorResult[Any]", result).rowcount

    async def delete_where(self, *criteria: ColumnElement[bool]) -> int:
        """Delete every row that fits, for good, and return how many."""
        with own_errors():
            result = await self.session.execute(delete(self.model).where(*criteria))
        return cast("CursorResult[Any]", result).rowcount
{% endcall %}
