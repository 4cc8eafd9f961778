"""Writing many rows with few statements."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    bindparam,
    delete,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from .base import Base
from .postgresql.bulk import insert_returning_models, insert_rows, upsert_rows
from .postgresql.locking import lock_rows
from .rows import (
    RowValues,
    Upserted,
    chunks,
    deduplicate,
    implicit_updates,
    require_sql_onupdate,
    rows_like,
    table_of,
)
from .soft_delete import SoftDelete

Model = TypeVar("Model", bound=Base)


class BulkWriter(Generic[Model]):
    """Writes rows, given as mappings from column to value, past the identity map.

    All rows of a call are written or none. Raises Conflict, ReferenceMissing or
    CheckFailed; ValueError unless all rows have the same columns.
    """

    model: type[Model]
    session: AsyncSession

    async def insert_many(self, rows: Iterable[RowValues]) -> int:
        """Insert rows in chunks and return how many."""
        count = 0
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                await insert_rows(self.session, table_of(self.model), chunk)
                count += len(chunk)
        return count

    async def insert_returning(self, rows: Iterable[RowValues]) -> list[Model]:
        """Insert rows in chunks and return their models, in the order of the rows."""
        models: list[Model] = []
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                models += await insert_returning_models(self.session, self.model, chunk)
        return models

    async def upsert_many(
        self, rows: Iterable[RowValues], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already.

        `key` names the columns of a unique constraint, `update` what is overwritten in
        a row that is there; one that does not differ in these is not written. Of rows
        with the same key in one chunk the last counts. Raises TypeError when something
        else is to be set with every update and is not SQL.
        """
        require_sql_onupdate(table_of(self.model), update)
        inserted = updated = 0
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows, needed=[*key, *update]):
                upserted = await upsert_rows(
                    self.session,
                    self.model,
                    deduplicate(chunk, key),
                    key=key,
                    update=update,
                )
                inserted += upserted.inserted
                updated += upserted.updated
        return Upserted(inserted, updated)

    async def update_many(self, rows: Iterable[RowValues]) -> int:
        """Update rows, found by their primary key, in chunks; return how many."""
        primary = table_of(self.model).primary_key
        keys = {column.key: f"_{column.key}" for column in primary}
        criteria = [column == bindparam(keys[column.key]) for column in primary]
        if issubclass(self.model, SoftDelete):
            criteria.append(self.model.deleted_at.is_(None))
        statement = update(primary.table).where(*criteria)
        count = 0
        async with self.session.begin_nested():
            connection = await self.session.connection()
            for chunk in chunks(self.model, rows, needed=keys):
                values = [{keys.get(n, n): row[n] for n in row} for row in chunk]
                changes = implicit_updates(self.model, chunk[0])
                wanted = rows_like(self.model, chunk, list(keys))
                await lock_rows(self.session, self.model, wanted)
                result = await connection.execute(statement.values(changes), values)
                count += result.rowcount
        return count

    async def update_where(
        self,
        *criteria: ColumnElement[bool],
        include_deleted: bool = False,
        **values: Any,
    ) -> int:
        """Set columns of every row that matches and return how many were changed."""
        changes = implicit_updates(self.model) | values
        statement = update(self.model).values(changes)
        return await self._write(statement, criteria, include_deleted)

    async def delete_where(
        self, *criteria: ColumnElement[bool], include_deleted: bool = False
    ) -> int:
        """Delete every row that matches, for good, and return how many."""
        return await self._write(delete(self.model), criteria, include_deleted)

    async def _write(
        self,
        statement: Update | Delete,
        criteria: Sequence[ColumnElement[bool]],
        include_deleted: bool,
    ) -> int:
        options = {"include_deleted": include_deleted}
        await lock_rows(self.session, self.model, *criteria, **options)
        result = await self.session.execute(
            statement.where(*criteria), execution_options=options
        )
        return cast("CursorResult[Any]", result).rowcount
