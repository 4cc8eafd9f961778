{% from "hooks/unasync.jinja" import unasync with context %}
"""Connections, as the pool and the driver see them."""

from typing import Any, cast

{% if is_async %}
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
{% else %}
from sqlalchemy import Connection, Engine, QueuePool
{% endif %}

from {{ package_name }}.database import Sessions, unit_of_work

{% call unasync() %}

def engine_of(sessions: Sessions) -> AsyncEngine:
    """Return the engine that sessions work with."""
    return cast("AsyncEngine", sessions.kw["bind"])


def in_use(sessions: Sessions) -> int:
    """Return how many connections are not in the pool."""
    return cast("QueuePool", engine_of(sessions).pool).checkedout()


async def driver_connection(connection: AsyncConnection) -> Any:
    """Return the driver's own connection."""
    raw = await connection.get_raw_connection()
    return raw.driver_connection


async def used_next(sessions: Sessions) -> Any:
    """Return the driver's connection that the next unit of work uses."""
    async with unit_of_work(sessions) as session:
        return await driver_connection(await session.connection())
{% endcall %}
