"""Locks: of rows, always in the order of the primary key, and of the migrations.

Two units of work that lock in one order cannot wait for each other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic, sleep
from typing import TypeVar
from zlib import crc32

from sqlalchemy import ColumnElement, Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.interfaces import ORMOption

from ..base import Base
from ..errors import StorageError, Unavailable

Model = TypeVar("Model", bound=Base)


async def lock_rows(
    session: AsyncSession,
    model: type[Base],
    *criteria: ColumnElement[bool],
    include_deleted: bool = False,
) -> None:
    """Lock the rows that match until the end of the transaction."""
    primary = inspect(model).primary_key
    rows = select(*primary).select_from(model).where(*criteria).order_by(*primary)
    locked = rows.with_for_update(of=model).subquery()
    await session.execute(
        select(func.count()).select_from(locked),
        execution_options={"include_deleted": include_deleted},
    )


async def lock_models(
    session: AsyncSession,
    model: type[Model],
    *criteria: ColumnElement[bool],
    options: Sequence[ORMOption] = (),
    include_deleted: bool = False,
    nowait: bool = False,
    skip_locked: bool = False,
) -> list[Model]:
    """Lock the models that match and return them as they are in the database now."""
    statement = select(model).where(*criteria).options(*options)
    statement = statement.order_by(*inspect(model).primary_key)
    models = await session.scalars(
        statement.with_for_update(of=model, nowait=nowait, skip_locked=skip_locked),
        execution_options={
            "populate_existing": True,
            "include_deleted": include_deleted,
        },
    )
    return list(models)


@contextmanager
def migration_lock(connection: Connection, wait: float) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after `wait` seconds.

    The lock ends with the connection, also when the process is killed.
    """
    end = monotonic() + wait
    # By polling: CREATE INDEX CONCURRENTLY would wait for a statement that waits.
    while not _lock_taken(connection):
        if monotonic() > end:
            raise Unavailable(f"another process migrates for over {wait:g} s")
        sleep(0.2)
    # What a killed process was doing ends soon; a server on Windows cannot tell.
    with suppress(DBAPIError, StorageError), connection.begin():
        connection.execute(text("SET client_connection_check_interval = '2s'"))
    yield


def _lock_taken(connection: Connection) -> bool:
    lock = func.pg_try_advisory_lock(crc32(b"alembic"))
    with connection.begin():
        return bool(connection.scalar(select(lock)))
