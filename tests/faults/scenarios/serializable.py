# mypy: disable-error-code="import-not-found"
"""Transactions that PostgreSQL refuses because no order of them gives their result."""

from functools import partial

from my_service.database import Sessions, run_in_unit_of_work
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Step
from .tasks import Barrier, together
from .units import step, steps


async def test_a_serialization_failure_is_run_again(sessions: Sessions) -> None:
    """Two count the steps, and each adds one only if there is none: write skew."""
    barrier = Barrier(2)
    tries = {"one": 0, "other": 0}

    async def only_once(session: AsyncSession, name: str) -> None:
        await session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
        tries[name] += 1
        found = await session.scalar(select(func.count()).select_from(Step))
        if tries[name] == 1:
            await barrier.wait()  # by now each has seen that there is none
        if not found:
            await step(session, name)

    outcomes = await together(
        partial(run_in_unit_of_work, sessions, partial(only_once, name=name))
        for name in tries
    )
    assert outcomes == [None, None]
    assert sum(tries.values()) == 3
    assert sum((await steps(sessions)).values()) == 1
