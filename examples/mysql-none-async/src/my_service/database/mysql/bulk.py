"""Writing many rows with few statements: the driver puts them into one."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..base import Base
from ..rows import (
    Encoder,
    RowValues,
    Upserted,
    chunks,
    deduplicate,
    implicit_updates,
    rows_like,
    rows_with_keys,
    table_of,
)
from ..soft_delete import SoftDelete

Model = TypeVar("Model", bound=Base)
# MySQL locks rows as it reads them, before it sorts, and the index entries it reads.
BY_PRIMARY_KEY = "FORCE INDEX (PRIMARY)"


@dataclass(eq=False)
class BulkWriter(Generic[Model]):
    """Writes rows, given as mappings from column to value, past the identity map.

    All rows of a call are written or none. Raises Conflict, ReferenceMissing or
    CheckFailed; ValueError unless all rows have the same columns.
    """

    session: AsyncSession
    model: type[Model] = field(init=False)  # each subclass names its own

    async def insert_many(self, rows: Iterable[RowValues]) -> int:
        """Insert rows in chunks and return how many."""
        count = 0
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                await insert_rows(self.session, table_of(self.model), chunk)
                count += len(chunk)
        return count

    async def insert_returning(self, rows: Iterable[RowValues]) -> list[Model]:
        """Insert rows in chunks and return their models, in the order of the rows.

        MySQL tells the key of one row only: each takes a statement of its own.
        """
        models: list[Model] = []
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                models += await self._insert_one_by_one(chunk)
        return models

    async def upsert_many(
        self, rows: Iterable[RowValues], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows in chunks, or update those whose `key` is there already.

        `key` names the columns of a unique constraint, `update` what is overwritten in
        a row that is there; one that does not differ in these is not written. Of rows
        with the same key in one chunk the last counts. Raises TypeError when something
        else is to be set with every update and is not SQL; ValueError if the rows have
        all columns of another unique key.
        """
        for column in table_of(self.model).columns:
            onupdate: Any = column.onupdate
            if onupdate and not onupdate.is_clause_element and column.key not in update:
                reason = f"the onupdate of {column} is not SQL: add it to `update`"
                raise TypeError(reason)
        inserted = updated = 0
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows, needed=[*key, *update]):
                counts = await self._upsert(deduplicate(chunk, key), key, update)
                inserted += counts.inserted
                updated += counts.updated
        return Upserted(inserted, updated)

    async def update_many(self, rows: Iterable[RowValues]) -> int:
        """Update rows, found by their primary key, in chunks; return how many."""
        primary = table_of(self.model).primary_key
        keys = {column.key: f"_{column.key}" for column in primary}
        criteria = [column == sa.bindparam(keys[column.key]) for column in primary]
        if issubclass(self.model, SoftDelete):
            criteria.append(self.model.deleted_at.is_(None))
        statement = sa.update(primary.table).where(*criteria)
        count = 0
        async with self.session.begin_nested():
            connection = await self.session.connection()
            for chunk in chunks(self.model, rows, needed=keys):
                values = [{keys.get(n, n): row[n] for n in row} for row in chunk]
                changes = implicit_updates(self.model, chunk[0])
                await self._lock(rows_like(self.model, chunk, list(keys)))
                result = await connection.execute(statement.values(changes), values)
                count += result.rowcount
        return count

    async def update_where(
        self,
        *criteria: sa.ColumnElement[bool],
        include_deleted: bool = False,
        **values: Any,
    ) -> int:
        """Set columns of every row that matches and return how many were changed."""
        statement = sa.update(self.model).values(implicit_updates(self.model) | values)
        return await self._write(statement.where(*criteria), criteria, include_deleted)

    async def delete_where(
        self, *criteria: sa.ColumnElement[bool], include_deleted: bool = False
    ) -> int:
        """Delete every row that matches, for good, and return how many."""
        statement = sa.delete(self.model).where(*criteria)
        return await self._write(statement, criteria, include_deleted)

    async def _insert_one_by_one(self, rows: Sequence[RowValues]) -> list[Model]:
        keys: list[Any] = []
        for row in rows:
            result = await self.session.execute(insert(self.model).values(row))
            keys.append(cast("sa.CursorResult[Any]", result).inserted_primary_key)
        values = [key[0] if len(key) == 1 else tuple(key) for key in keys]
        wanted = rows_with_keys(sa.inspect(self.model).primary_key, values)
        models = await self.session.scalars(sa.select(self.model).where(wanted))
        inserted = {sa.inspect(model).identity: model for model in models}
        return [inserted[tuple(key)] for key in keys]

    async def _write(
        self,
        statement: sa.Update | sa.Delete,
        criteria: Sequence[sa.ColumnElement[bool]],
        include_deleted: bool,
    ) -> int:
        options = {"include_deleted": include_deleted}
        # MySQL locks what it comes upon: here only the rows that are locked already.
        keys = await self._lock(*criteria, **options)
        if not keys:
            return 0
        wanted = rows_with_keys(sa.inspect(self.model).primary_key, keys)
        result = await self.session.execute(
            statement.where(wanted), execution_options=options
        )
        return cast("sa.CursorResult[Any]", result).rowcount

    async def _lock(
        self, *criteria: sa.ColumnElement[bool], include_deleted: bool = False
    ) -> list[Any]:
        """Lock the rows that match, in the order of the primary key; return their keys."""
        primary = sa.inspect(self.model).primary_key
        keys = await self._keys(*criteria, include_deleted=include_deleted)
        lock = sa.select(*primary).order_by(*primary).with_for_update()
        lock = lock.with_hint(primary[0].table, BY_PRIMARY_KEY)
        for start in range(0, len(keys), 5000):
            chunk = keys[start : start + 5000]
            await self.session.execute(lock.where(rows_with_keys(primary, chunk)))
        return keys

    async def _keys(
        self, *criteria: sa.ColumnElement[bool], include_deleted: bool = False
    ) -> list[Any]:
        """Return the primary keys of the rows that match, not yet locked, in order."""
        primary = sa.inspect(self.model).primary_key
        rows = sa.select(*primary).select_from(self.model).where(*criteria)
        keys = await self.session.execute(
            rows.order_by(*primary),
            execution_options={"include_deleted": include_deleted},
        )
        return [key[0] if len(primary) == 1 else tuple(key) for key in keys]

    async def _upsert(
        self, rows: Sequence[RowValues], key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        table = table_of(self.model)
        _refuse_other_keys(table, key, rows[0].keys())
        there = len(await self._lock(rows_like(self.model, rows, key)))
        statement = _or_update(self.model, key, update)
        sent = await _send(self.session, table, statement, rows)
        # MySQL counts a row twice that it changes, and once any other.
        return Upserted(len(rows) - there, sent - len(rows))


def _refuse_other_keys(
    table: sa.Table, key: Collection[str], given: Collection[str]
) -> None:
    # MySQL would update the rows that these find, too.
    for item in (*table.constraints, *(i for i in table.indexes if i.unique)):
        if isinstance(item, sa.PrimaryKeyConstraint | sa.UniqueConstraint | sa.Index):
            names = {column.key for column in item.columns if not column.computed}
            if names != set(key) and names <= set(given):
                raise ValueError(f"leave out {', '.join(names)}: that is unique too")


def _or_update(model: type[Base], key: Sequence[str], update: Sequence[str]) -> Insert:
    table, statement = table_of(model), insert(table_of(model))
    new = statement.inserted
    if not update:
        return statement.on_duplicate_key_update({name: new[name] for name in key})
    stored = table.columns
    differs = sa.or_(*(stored[name].is_distinct_from(new[name]) for name in update))
    # In this order: MySQL already sees a column changed after its assignment.
    changes: list[tuple[str, sa.ColumnElement[Any]]] = [
        (name, sa.case((differs, change), else_=stored[name]))
        for name, change in implicit_updates(model, update).items()
    ]
    changes += [(name, new[name]) for name in update]
    return statement.on_duplicate_key_update(changes)


async def insert_rows(
    session: AsyncSession,
    table: sa.Table,
    rows: Sequence[RowValues],
) -> None:
    """Insert rows that have the same columns."""
    await _send(session, table, insert(table), rows)


async def _send(
    session: AsyncSession,
    table: sa.Table,
    statement: Insert,
    rows: Sequence[RowValues],
) -> int:
    connection = await session.connection()
    encode = Encoder(table, rows[0].keys(), connection.dialect)
    names = [column.key for column in encode.columns]
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    values = list(map(encode, rows))
    # waive: Q10 (SQLAlchemy has compiled it)
    result = await connection.exec_driver_sql(str(compiled), values)
    return result.rowcount
