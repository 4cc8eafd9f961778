# mypy: disable-error-code="import-not-found"
"""Units of work to let down, and what is seen of them afterwards."""

from collections import Counter as Tally
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from my_service.connection import connected
from my_service.database import Sessions, unit_of_work
from my_service.settings import load_settings
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import QueuePool

from .models import Counter, Done, Step, create_tables


@asynccontextmanager
async def open_sessions(**changes: Any) -> AsyncIterator[Sessions]:
    """Give sessions by other settings; at the end no connection may be in use."""
    settings = load_settings().model_copy(update=changes)
    async with connected(settings) as sessions:
        yield sessions
        assert pool(sessions).checkedout() == 0, "a connection was not given back"


def server_port() -> int:
    """Return the port of the database server."""
    port = load_settings().database_url.port
    assert isinstance(port, int)
    return port


def pool(sessions: Sessions) -> QueuePool:
    """Return the pool that these sessions take their connections from."""
    found = sessions.kw["bind"].sync_engine.pool
    assert isinstance(found, QueuePool)
    return found


async def step(session: AsyncSession, name: str) -> dict[str, object]:
    """Do one step."""
    session.add(Step(name=name))
    await session.flush()
    return {"done": name}


async def increment(session: AsyncSession, key: int) -> int:
    """Read a counter for update and count one up."""
    counter = await session.get_one(Counter, key, with_for_update=True)
    counter.count += 1
    await session.flush()
    return counter.count


async def start_over(sessions: Sessions) -> None:
    """Make the tables if need be; forget all steps; two counters stand at 0."""
    async with unit_of_work(sessions) as session:
        connection = await session.connection()
        await connection.run_sync(create_tables)
        for model in (Step, Done, Counter):
            await session.execute(delete(model))
        await session.execute(insert(Counter), [{"id": 1}, {"id": 2}])


async def steps(sessions: Sessions) -> dict[str, int]:
    """Tell how often each step was done."""
    async with unit_of_work(sessions) as session:
        return dict(Tally(await session.scalars(select(Step.name))))


async def counts(sessions: Sessions) -> list[int]:
    """Tell where the counters stand."""
    async with unit_of_work(sessions) as session:
        return list(await session.scalars(select(Counter.count).order_by(Counter.id)))


async def works(sessions: Sessions) -> bool:
    """Tell whether a unit of work is done; raises if it is not."""
    async with unit_of_work(sessions) as session:
        await step(session, "works")
    return True
