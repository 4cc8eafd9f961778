# mypy: disable-error-code="import-not-found"
"""More work than connections."""

import time
from functools import partial

import pytest
from my_service.database import Interrupted, Sessions, Unavailable, unit_of_work

from .tasks import together
from .units import open_sessions, pool, step, steps, works

TWO = {"database_pool_size": 2, "database_max_overflow": 0}


async def test_who_finds_no_connection_is_told_soon(sessions: Sessions) -> None:
    async with open_sessions(**TWO, database_pool_timeout=0.5) as few:
        async with few() as one, few() as other:
            await step(one, "one")
            await step(other, "other")
            began = time.monotonic()
            with pytest.raises(Unavailable) as caught:
                await works(few)
            assert 0.4 < time.monotonic() - began < 2
            # Nothing is gained when those who wait begin to wait again.
            assert not isinstance(caught.value, Interrupted)
            await one.commit()
            await other.commit()
        assert await works(few)
    assert await steps(sessions) == {"one": 1, "other": 1, "works": 1}


async def test_all_are_served_by_few_connections(sessions: Sessions) -> None:
    async with open_sessions(**TWO, database_pool_timeout=20) as few:

        async def served(number: int) -> None:
            async with unit_of_work(few) as session:
                await step(session, str(number))

        outcomes = await together(partial(served, number) for number in range(300))
        assert outcomes == [None] * 300
        assert pool(few).size() == 2
    assert await steps(sessions) == {str(number): 1 for number in range(300)}
