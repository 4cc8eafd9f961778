# mypy: disable-error-code="import-not-found"
"""Tasks that are cancelled in the middle of a statement."""

import asyncio

import pytest
from my_service.database import Sessions, unit_of_work

from .dialects import others, sleep_in
from .units import open_sessions, pool, step, steps, works

PLACES = {"database_pool_size": 5, "database_max_overflow": 0}


@pytest.mark.parametrize("wait", [0.0, 0.001, 0.3])
async def test_cancelled_units_of_work_leak_nothing(
    sessions: Sessions, wait: float
) -> None:
    async with open_sessions(**PLACES, database_pool_timeout=30) as cancelled:

        async def slow(number: int) -> None:
            async with unit_of_work(cancelled) as session:
                await step(session, str(number))
                await sleep_in(session)

        for begin in (0, 5):
            tasks = [asyncio.create_task(slow(begin + n)) for n in range(5)]
            await asyncio.sleep(wait)
            for task in tasks:
                task.cancel()
            await asyncio.wait_for(asyncio.wait(tasks), 20)
            assert all(task.cancelled() for task in tasks)
            assert pool(cancelled).checkedout() == 0
        assert await works(cancelled)
        assert await steps(sessions) == {"works": 1}
        await nothing_runs(sessions)


async def nothing_runs(sessions: Sessions) -> None:
    """Wait until the server has noticed; it may hold no more than the two pools."""
    if sessions.kw["bind"].dialect.name == "sqlite":
        return
    async with asyncio.timeout(5):
        while sum(connections := await others(sessions)):
            await asyncio.sleep(0.02)
    assert len(connections) <= 5 + pool(sessions).size()
