"""Locks: of rows, always in the order of the primary key, and of the migrations.

Two units of work that lock in one order cannot wait for each other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, func, inspect, select
{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.interfaces import ORMOption

from ..base import Base
from ..errors import Unavailable
from ..rows import rows_with_keys

Model = TypeVar("Model", bound=Base)

# MySQL locks rows as it reads them, before it sorts, and the index entries it reads.
BY_PRIMARY_KEY = "FORCE INDEX (PRIMARY)"
# The locks of a server have one name space for all of its databases.
LOCK_NAME = func.md5(func.concat("alembic ", func.database()))


async def lock_rows(
    session: AsyncSession,
    model: type[Base],
    *criteria: ColumnElement[bool],
    include_deleted: bool = False,
) -> list[Any]:
    """Lock the rows that match until the end of the transaction; return their keys."""
    primary = inspect(model).primary_key
    keys = await _keys(session, model, criteria, include_deleted)
    lock = select(*primary).order_by(*primary).with_for_update()
    lock = lock.with_hint(primary[0].table, BY_PRIMARY_KEY)
    for start in range(0, len(keys), 5000):
        chunk = keys[start : start + 5000]
        await session.execute(lock.where(rows_with_keys(primary, chunk)))
    return keys


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
    primary = inspect(model).primary_key
    keys = await _keys(session, model, criteria, include_deleted)
    if not keys:
        return []
    statement = select(model).where(*criteria, rows_with_keys(primary, keys))
    statement = statement.options(*options).order_by(*primary)
    statement = statement.with_hint(model, BY_PRIMARY_KEY)
    models = await session.scalars(
        statement.with_for_update(of=model, nowait=nowait, skip_locked=skip_locked),
        execution_options={
            "populate_existing": True,
            "include_deleted": include_deleted,
        },
    )
    return list(models)


async def _keys(
    session: AsyncSession,
    model: type[Base],
    criteria: Sequence[ColumnElement[bool]],
    include_deleted: bool,
) -> list[Any]:
    """Return the primary keys of the rows that match, not yet locked, in order."""
    primary = inspect(model).primary_key
    keys = await session.execute(
        select(*primary).select_from(model).where(*criteria).order_by(*primary),
        execution_options={"include_deleted": include_deleted},
    )
    return [key[0] if len(primary) == 1 else tuple(key) for key in keys]
{% endcall %}


@contextmanager
def migration_lock(connection: Connection, wait: float) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after `wait` seconds.

    The lock ends with the connection, also when the process is killed.
    """
    with connection.begin():
        taken = connection.scalar(select(func.get_lock(LOCK_NAME, wait)))
    if not taken:
        raise Unavailable(f"another process migrates for over {wait:g} s")
    yield
