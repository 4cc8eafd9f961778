"""Writing many rows with few statements: PostgreSQL takes them by COPY."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import psycopg
import sqlalchemy as sa
from psycopg.errors import CardinalityViolation
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable

from ..base import Base
from ..errors import CheckFailed
from ..mixins import Timestamps
from ..rows import (
    Encoder,
    RowValues,
    Upserted,
    chunks,
    deduplicate,
    implicit_updates,
    rows_like,
    table_of,
)
from ..soft_delete import SoftDelete
from ..translation import translated
from .connection import hide_details

Model = TypeVar("Model", bound=Base)
FEW = 50  # rows that are sooner sent as parameters than copied


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
        """Insert rows in chunks and return their models, in the order of the rows."""
        new = insert(self.model).returning(self.model, sort_by_parameter_order=True)
        models: list[Model] = []
        async with self.session.begin_nested():
            for chunk in chunks(self.model, rows):
                models += await self.session.scalars(new, chunk)
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

    async def _write(
        self,
        statement: sa.Update | sa.Delete,
        criteria: Sequence[sa.ColumnElement[bool]],
        include_deleted: bool,
    ) -> int:
        options = {"include_deleted": include_deleted}
        await self._lock(*criteria, **options)
        result = await self.session.execute(statement, execution_options=options)
        return cast("sa.CursorResult[Any]", result).rowcount

    async def _lock(
        self, *criteria: sa.ColumnElement[bool], include_deleted: bool = False
    ) -> None:
        # In the order of the primary key: so two never wait for each other.
        primary = sa.inspect(self.model).primary_key
        rows = sa.select(*primary).select_from(self.model).where(*criteria)
        rows = rows.order_by(*primary).with_for_update(of=self.model)
        await self.session.execute(
            sa.select(sa.func.count()).select_from(rows.subquery()),
            execution_options={"include_deleted": include_deleted},
        )

    async def _upsert(
        self, rows: Sequence[RowValues], key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        table, connection = table_of(self.model), await self.session.connection()
        if len(rows) <= FEW:
            if update:  # what stays as it is needs no lock
                await self._lock(rows_like(self.model, rows, key))
            new = insert(table).values(rows)
            return await self._insert_or_update(new, key, update, rows[0])
        encode = Encoder(table, rows[0].keys(), connection.dialect)
        staged = _staged(encode.columns)
        await connection.execute(CreateTable(staged, if_not_exists=True))
        await _copy(self.session, staged, encode, rows)
        ordered = _in_order(staged, self.model, key)
        new = insert(table).from_select(ordered.selected_columns.keys(), ordered)
        counts = await self._insert_or_update(new, key, update, rows[0])
        # Kept for those that come next: a transaction locks each table that it drops.
        # waive: Q10 (a name of ours)
        await connection.exec_driver_sql(f"TRUNCATE {staged.name}")
        return counts

    async def _insert_or_update(
        self,
        new: Insert,
        key: Sequence[str],
        update: Sequence[str],
        given: Collection[str],
    ) -> Upserted:
        statement = _or_update(new, self.model, key, update, given)
        # A row that no transaction has deleted, not even to replace it, is a new one.
        is_new: sa.ColumnElement[bool] = sa.literal_column("xmax = 0").label("is_new")
        written = statement.returning(is_new).cte("written").c
        count = sa.func.count()
        counts = sa.select(count.filter(written.is_new), count.filter(~written.is_new))
        try:
            result = await self.session.execute(counts)
            return Upserted(*result.one())
        except ProgrammingError as error:
            if not isinstance(error.orig, CardinalityViolation):
                raise
            raise CheckFailed(
                f"two rows have the same {', '.join(key)} as the database stores it",
                columns=tuple(key),
            ) from error


def _or_update(
    statement: Insert,
    model: type[Base],
    key: Sequence[str],
    update: Sequence[str],
    given: Collection[str],
) -> Insert:
    where = sa.text("deleted_at IS NULL") if issubclass(model, SoftDelete) else None
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key, index_where=where)
    stored, new = table_of(model).columns, statement.excluded
    changes = {name: new[name] for name in update} | implicit_updates(model, update)
    if issubclass(model, Timestamps) and "updated_at" not in given:
        # By its default the same moment: where rows are distributed, no function may.
        changes["updated_at"] = new.updated_at
    return statement.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_=changes,
        where=sa.or_(*(stored[name].is_distinct_from(new[name]) for name in update)),
    )


def _staged(columns: Sequence[sa.Column[Any]]) -> sa.Table:
    """Return a temporary table for rows; `ctid` has their order."""
    shape = hash(tuple((column.name, repr(column.type)) for column in columns))
    return sa.Table(
        f"staged_{shape % 2**64:x}",
        sa.MetaData(),
        *(sa.Column(column.name, column.type) for column in columns),
        sa.Column("ctid", system=True),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _in_order(
    staged: sa.Table, model: type[Base], key: Sequence[str]
) -> sa.Select[*tuple[Any, ...]]:
    # As `_lock` does: those that are there by their primary key, then the new ones.
    stored, primary = table_of(model).columns, list(sa.inspect(model).primary_key)
    is_there = sa.and_(*(stored[name] == staged.columns[name] for name in key))
    if issubclass(model, SoftDelete):
        is_there &= stored.deleted_at.is_(None)
    own = sa.tuple_(*primary) if len(primary) > 1 else primary[0]
    # No join, for which the planner reads all of a large table, for each chunk.
    place = sa.select(own).where(is_there).correlate(staged).scalar_subquery()
    return sa.select(
        *(column for column in staged.columns if not column.system)
    ).order_by(place, staged.columns.ctid)


async def insert_rows(
    session: AsyncSession,
    table: sa.Table,
    rows: Sequence[RowValues],
) -> None:
    """Insert rows that have the same columns."""
    encode = Encoder(table, rows[0].keys(), session.get_bind().dialect)
    await _copy(session, table, encode, rows)


async def _copy(
    session: AsyncSession,
    table: sa.Table,
    encode: Encoder,
    rows: Sequence[RowValues],
) -> None:
    connection = await session.connection()
    write = connection.dialect.identifier_preparer
    names = ", ".join(map(write.format_column, encode.columns))
    statement = f"COPY {write.format_table(table)} ({names}) FROM STDIN"
    raw = await connection.get_raw_connection()
    driver: Any = raw.driver_connection
    try:
        async with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                await copy.write_row(encode(row))
    except psycopg.Error as error:
        raise _translated(error, statement, driver) from error
    except Exception:
        raise
    except BaseException as error:
        # In the middle of COPY the connection takes no ROLLBACK, whose error would win.
        await connection.invalidate(error)
        raise


def _translated(error: psycopg.Error, statement: str, driver: Any) -> Exception:
    """Return what the engine would raise, which knows nothing of COPY."""
    hide_details(error)
    wrapped = DBAPIError.instance(
        statement,
        None,
        error,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=driver.closed,
    )
    return translated(wrapped) or wrapped
