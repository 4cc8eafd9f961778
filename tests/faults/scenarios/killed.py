# mypy: disable-error-code="import-not-found"
"""Connections that the server ends, and statements that it stops."""

import time
from functools import partial

import pytest
from my_service.database import (
    Disconnected,
    Sessions,
    StatementTimeout,
    Unavailable,
    run_in_unit_of_work,
    unit_of_work,
)
from sqlalchemy.ext.asyncio import AsyncSession

from .dialects import connection_id, kill, others, sleep_in
from .tasks import sleep, together
from .units import open_sessions, pool, step, steps, works


async def test_what_was_killed_before_its_commit_is_not_there(
    sessions: Sessions,
) -> None:
    async with open_sessions() as shot:

        async def die() -> None:
            async with unit_of_work(shot) as session:
                await step(session, "lost")
                await kill(sessions, await connection_id(session))

        with pytest.raises(Unavailable):
            await die()
        assert pool(shot).checkedout() == 0
        assert await steps(sessions) == {}
        assert await works(shot)


async def test_what_was_killed_at_work_is_run_again(sessions: Sessions) -> None:
    tries: list[int] = []

    async def work(session: AsyncSession) -> None:
        await step(session, "first")
        tries.append(await connection_id(session))
        if len(tries) == 1:
            await kill(sessions, tries[0])
        await step(session, "second")

    async with open_sessions() as shot:
        await run_in_unit_of_work(shot, work)
    assert len(tries) == 2
    assert await steps(sessions) == {"first": 1, "second": 1}


async def test_a_statement_ends_in_time_and_leaks_nothing(sessions: Sessions) -> None:
    async with open_sessions(
        database_statement_timeout=1, database_pool_size=5, database_max_overflow=0
    ) as brief:

        async def too_long(name: str) -> None:
            async with unit_of_work(brief) as session:
                await step(session, name)
                await sleep_in(session)

        began = time.monotonic()
        outcomes = await together(partial(too_long, str(n)) for n in range(10))
        assert time.monotonic() - began < 6
        assert [type(outcome) for outcome in outcomes] == [StatementTimeout] * 10
        assert pool(brief).checkedout() == 0
        assert await works(brief)
        assert sum(await others(sessions)) == 0, "a statement still runs"
    assert await steps(sessions) == {"works": 1}


async def test_killed_statements_leak_nothing(sessions: Sessions) -> None:
    async with open_sessions(database_pool_size=10) as shot:
        numbers: list[int] = []

        async def killed() -> None:
            async with unit_of_work(shot) as session:
                await step(session, "lost")
                numbers.append(await connection_id(session))
                await sleep_in(session)

        async def killer() -> None:
            while len(numbers) < 10 or sum(await others(sessions)) < 10:
                await sleep(0.02)
            for number in numbers:
                await kill(sessions, number)

        *outcomes, done = await together([killed] * 10 + [killer])
        assert done is None
        assert [type(outcome) for outcome in outcomes] == [Disconnected] * 10
        assert pool(shot).checkedout() == 0
        assert await works(shot)
    assert await steps(sessions) == {"works": 1}
