"""The fastest ways to write many rows: PostgreSQL takes them by COPY."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.errors import CardinalityViolation
from sqlalchemy import (
    Column,
    ColumnElement,
    Dialect,
    MetaData,
    Select,
    Table,
    and_,
    func,
    inspect,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable

from ..base import Base
from ..errors import CheckFailed
from ..rows import Encoder, RowValues, Upserted, implicit_updates, rows_like, table_of
from ..soft_delete import SoftDelete
from ..translation import translated
from .connection import hide_details
from .locking import lock_rows

Model = TypeVar("Model", bound=Base)

# So few are sooner sent as parameters than copied.
FEW = 50


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[RowValues],
) -> None:
    """Insert rows that have the same columns."""
    encode = Encoder(table, rows[0].keys(), session.get_bind().dialect)
    await copy_rows(session, table, encode, rows)


async def insert_returning_models(
    session: AsyncSession, model: type[Model], rows: Sequence[RowValues]
) -> list[Model]:
    """Insert rows and return them as models, in their order."""
    statement = insert(model).returning(model, sort_by_parameter_order=True)
    return list(await session.scalars(statement, rows))


async def upsert_rows(
    session: AsyncSession,
    model: type[Base],
    rows: Sequence[RowValues],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> Upserted:
    """Insert rows, or update those whose `key` is there already and that differ.

    Raises CheckFailed when the database takes the keys of two rows for the same.
    """
    try:
        if len(rows) <= FEW:
            await lock_rows(session, model, rows_like(model, rows, key))
            new = insert(table_of(model)).values(rows)
            return await _counted(session, _or_update(new, model, key, update))
        async with staged(session, model, rows) as new_rows:
            ordered = _in_order(new_rows, model, key)
            names = ordered.selected_columns.keys()
            new = insert(table_of(model)).from_select(names, ordered)
            return await _counted(session, _or_update(new, model, key, update))
    except ProgrammingError as error:
        if not isinstance(error.orig, CardinalityViolation):
            raise
        message = f"two rows have the same {', '.join(key)} as the database stores it"
        raise CheckFailed(message, columns=tuple(key)) from error


def _in_order(
    new_rows: Table, model: type[Base], key: Sequence[str]
) -> Select[*tuple[Any, ...]]:
    # As lock_rows does: those that are there by their primary key, then the new ones.
    stored = table_of(model).columns
    is_there = and_(*(stored[name] == new_rows.columns[name] for name in key))
    if issubclass(model, SoftDelete):
        is_there &= stored.deleted_at.is_(None)
    columns = [column for column in new_rows.columns if not column.system]
    return (
        select(*columns)
        .select_from(new_rows.outerjoin(table_of(model), is_there))
        .order_by(*inspect(model).primary_key, new_rows.columns.ctid)
    )


def _or_update(
    statement: Insert, model: type[Base], key: Sequence[str], update: Sequence[str]
) -> Insert:
    where = text("deleted_at IS NULL") if issubclass(model, SoftDelete) else None
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key, index_where=where)
    stored, new = table_of(model).columns, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_={name: new[name] for name in update} | implicit_updates(model, update),
        where=or_(*(stored[name].is_distinct_from(new[name]) for name in update)),
    )


async def _counted(session: AsyncSession, statement: Insert) -> Upserted:
    # A row that no transaction has deleted, not even to replace it, is a new one.
    new: ColumnElement[bool] = literal_column("xmax = 0").label("new")
    written = statement.returning(new).cte("written")
    counts = select(
        func.count().filter(written.c.new), func.count().filter(~written.c.new)
    )
    result = await session.execute(counts)
    return Upserted(*result.one())


@asynccontextmanager
async def staged(
    session: AsyncSession, model: type[Base], rows: Sequence[RowValues]
) -> AsyncIterator[Table]:
    """Yield a temporary table that holds the rows; `ctid` has their order.

    It is emptied and kept for those that come next: a transaction locks what it drops,
    and has not room for so many locks.
    """
    encode = Encoder(table_of(model), rows[0].keys(), session.get_bind().dialect)
    table = _like(encode.columns)
    connection = await session.connection()
    await connection.execute(CreateTable(table, if_not_exists=True))
    await copy_rows(session, table, encode, rows)
    yield table
    # waive: Q10 (a name of ours)
    await connection.exec_driver_sql(f"TRUNCATE {table.name}")


def _like(columns: Sequence[Column[Any]]) -> Table:
    shape = hash(tuple((column.name, repr(column.type)) for column in columns))
    return Table(
        f"staged_{shape % 2**64:x}",
        MetaData(),
        *(Column(column.name, column.type) for column in columns),
        # Where the row is: in the order in which the rows came.
        Column("ctid", system=True),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


async def copy_rows(
    session: AsyncSession, table: Table, encode: Encoder, rows: Sequence[RowValues]
) -> None:
    """Insert rows by COPY. Raises what a statement of SQLAlchemy's would."""
    connection = await session.connection()
    statement = _copy_statement(connection.dialect, table, encode.columns)
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


def _copy_statement(
    dialect: Dialect, table: Table, columns: Sequence[Column[Any]]
) -> str:
    write = dialect.identifier_preparer
    names = ", ".join(map(write.format_column, columns))
    return f"COPY {write.format_table(table)} ({names}) FROM STDIN"
