{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
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

{% if sqlite %}
from .base import Base, touched
{% elif mysql %}
from .base import Base, among, touched
from .locking import by_keys, lock_rows
{% else %}
from .base import Base, among, touched
from .locking import lock_rows
{% endif %}
from .mixins import SoftDelete
{% if sqlite %}
from .rows import Row, Upserted, chunks, latest, refuse_functions, table_of
{% else %}
from .rows import (
    Row,
    Upserted,
    chunks,
    keys_in,
    latest,
    refuse_functions,
    table_of,
)
{% endif %}
from .session import savepoint
from .translation import own_errors
from .writing import insert_returning_models, insert_rows, upsert_rows

Model = TypeVar("Model", bound=Base)


class BulkWriter(Generic[Model]):
    """Writes rows, given as mappings from column to value, past the identity map.

    All rows of a call are written or none. Raises Conflict, ReferenceMissing or
    CheckFailed; ValueError unless all rows have the same columns.
    """

    model: type[Model]
    session: AsyncSession

    async def insert_many(self, rows: Iterable[Row]) -> int:
        """Insert rows in chunks and return how many."""
        count = 0
        async with savepoint(self.session):
            for chunk in chunks(self.model, rows):
                with own_errors():
                    await insert_rows(self.session, table_of(self.model), chunk)
                count += len(chunk)
        return count

    async def insert_returning(self, rows: Iterable[Row]) -> list[Model]:
        """Insert rows in chunks and return their models, in the order of the rows."""
        models: list[Model] = []
        async with savepoint(self.session):
            for chunk in chunks(self.model, rows):
                with own_errors():
                    models += await insert_returning_models(
                        self.session,
                        self.model,
                        chunk,
                    )
        return models

    async def upsert_many(
        self, rows: Iterable[Row], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already.

        `key` names the columns of a unique constraint, `update` what is overwritten in
        a row that is there; one that does not differ in these is not written. Of rows
        with the same key in one chunk the last counts. Raises TypeError when something
        else is to be set with every update and is not SQL.
        """
        refuse_functions(table_of(self.model), update)
        inserted = updated = 0
        async with savepoint(self.session):
            for chunk in chunks(self.model, rows, needed=[*key, *update]):
                given = latest(chunk, key)
                with own_errors():
                    counts = await upsert_rows(
                        self.session, self.model, given, key=key, update=update
                    )
                inserted += counts.inserted
                updated += counts.updated
        return Upserted(inserted, updated)

    async def update_many(self, rows: Iterable[Row]) -> int:
        """Update rows, found by their primary key, in chunks; return how many."""
        columns = table_of(self.model).primary_key
        keys = {column.key: f"_{column.key}" for column in columns}
        found = [column == bindparam(keys[column.key]) for column in columns]
        if issubclass(self.model, SoftDelete):
            found.append(self.model.deleted_at.is_(None))
        statement = update(columns.table).where(*found)
        count = 0
        async with savepoint(self.session):
            connection = await self.session.connection()
            for chunk in chunks(self.model, rows, needed=keys):
                values = [{keys.get(n, n): row[n] for n in row} for row in chunk]
                changes = touched(self.model, chunk[0])
                with own_errors():
{% if not sqlite %}
                    await self._lock(chunk)
{% endif %}
                    done = await connection.execute(statement.values(changes), values)
                    count += done.rowcount
        return count

    async def update_where(
        self,
        *criteria: ColumnElement[bool],
        include_deleted: bool = False,
        **values: Any,
    ) -> int:
        """Set columns of every row that fits and return how many were changed."""
        changes = touched(self.model) | values
        statement = update(self.model).values(changes)
        return await self._written(statement, criteria, include_deleted)

    async def delete_where(
        self, *criteria: ColumnElement[bool], include_deleted: bool = False
    ) -> int:
        """Delete every row that fits, for good, and return how many."""
        return await self._written(delete(self.model), criteria, include_deleted)

    async def _written(
        self,
        statement: Update | Delete,
        criteria: Sequence[ColumnElement[bool]],
        include_deleted: bool,
    ) -> int:
        options = {"include_deleted": include_deleted}
        statement = statement.where(*criteria)
        with own_errors():
{% if postgresql %}
            await lock_rows(
                self.session, self.model, *criteria, include_deleted=include_deleted
            )
{% elif mysql %}
            keys = await lock_rows(
                self.session, self.model, *criteria, include_deleted=include_deleted
            )
            if not keys:
                return 0
            statement = statement.where(by_keys(self.model, keys))
{% endif %}
            result = await self.session.execute(statement, execution_options=options)
        return cast("CursorResult[Any]", result).rowcount
{% if not sqlite %}

    async def _lock(self, rows: Sequence[Row]) -> None:
        primary = table_of(self.model).primary_key.columns
        keys = keys_in(rows, [column.key for column in primary])
        await lock_rows(self.session, self.model, among(primary.values()), keys=keys)
{% endif %}
{% endcall %}
