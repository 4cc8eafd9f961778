{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Work that the database interrupts is done again, and nothing else is."""

import time

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import (
    CommitUnknown,
    Conflict,
    Interrupted,
    LockTimeout,
    Sessions,
    StatementTimeout,
    Unavailable,
    run_in_unit_of_work,
)


async def test_interrupted_work_is_done_again(sessions: Sessions) -> None:
    seen: list[AsyncSession] = []

    async def work(session: AsyncSession) -> int:
        seen.append(session)
        if len(seen) < 3:
            raise Interrupted
        return len(seen)

    assert await run_in_unit_of_work(sessions, work) == 3
    assert len(set(map(id, seen))) == 3


@pytest.mark.parametrize(
    "error",
    [
        Conflict("no"),
        CommitUnknown(),
        StatementTimeout(),
        Unavailable(),
        RuntimeError(),
    ],
)
async def test_other_errors_end_it(sessions: Sessions, error: Exception) -> None:
    calls = 0

    async def work(session: AsyncSession) -> None:
        nonlocal calls
        calls += 1
        raise error

    with pytest.raises(type(error)):
        await run_in_unit_of_work(sessions, work)
    assert calls == 1


async def test_a_lock_timeout_is_tried_once_more(sessions: Sessions) -> None:
    calls = 0

    async def work(session: AsyncSession) -> None:
        nonlocal calls
        calls += 1
        raise LockTimeout

    with pytest.raises(LockTimeout):
        await run_in_unit_of_work(sessions, work)
    assert calls == 2


async def test_it_waits_before_it_tries_again(sessions: Sessions) -> None:
    calls: list[float] = []

    async def work(session: AsyncSession) -> None:
        calls.append(time.monotonic())
        if len(calls) < 7:
            raise Interrupted

    await run_in_unit_of_work(sessions, work)
    assert calls[-1] - calls[0] > 0.1


async def test_it_gives_up_in_time(sessions: Sessions) -> None:
    async def work(session: AsyncSession) -> None:
        raise Interrupted

    began = time.monotonic()
    with pytest.raises(Interrupted):
        await run_in_unit_of_work(sessions, work, seconds=0.1)
    assert time.monotonic() - began < 2
{% endcall %}
