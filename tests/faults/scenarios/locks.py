# mypy: disable-error-code="import-not-found"
"""Units of work that stand in each other's way."""

import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from my_service.database import LockTimeout, Sessions, run_in_unit_of_work, unit_of_work
from sqlalchemy.ext.asyncio import AsyncSession

from .tasks import Barrier, together
from .units import counts, increment, open_sessions, works


async def test_a_deadlock_is_run_again(sessions: Sessions) -> None:
    barrier = Barrier(2)
    tries = {1: 0, 2: 0}

    async def both(session: AsyncSession, first: int) -> None:
        tries[first] += 1
        await increment(session, first)
        if tries[first] == 1:
            await barrier.wait()  # by now each has locked the row that the other wants
        await increment(session, 3 - first)

    outcomes = await together(
        partial(run_in_unit_of_work, sessions, partial(both, first=key))
        for key in tries
    )
    assert outcomes == [None, None]
    assert sum(tries.values()) > 2
    assert await counts(sessions) == [2, 2]


async def test_a_lock_is_waited_for_as_long_as_is_set(sessions: Sessions) -> None:
    async with open_sessions(database_lock_timeout=1) as impatient:

        async def once() -> None:
            async with unit_of_work(impatient) as session:
                await increment(session, 1)

        async def again_and_again() -> None:
            await run_in_unit_of_work(impatient, partial(increment, key=1))

        async with unit_of_work(sessions) as holder:
            await increment(holder, 1)
            # One after the other: on PostgreSQL who waits behind another one waits anew.
            [short] = await together([partial(interrupted, once)])
            [long] = await together([partial(interrupted, again_and_again)])
        assert isinstance(short, float)
        assert 0.9 < short < 2
        assert isinstance(long, float)
        assert 1.9 < long < 4, "it is tried once more"
        assert await works(impatient)
    assert await counts(sessions) == [1, 0]


async def interrupted(work: Callable[[], Awaitable[None]]) -> float:
    """Return the seconds after which work did not get its lock."""
    began = time.monotonic()
    with pytest.raises(LockTimeout):
        await work()
    return time.monotonic() - began
