# mypy: disable-error-code="import-not-found"
"""One file, and many who write to it."""

import json
import os
import subprocess
import sys

import pytest
from my_service.database import Interrupted, Sessions, run_in_unit_of_work, unit_of_work
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Counter
from .tasks import Event, sleep, together
from .units import counts, increment, open_sessions, step, steps, works

PROCESSES, COUNT = 8, 125


def counted_by_processes() -> list[dict[str, list[str]]]:
    """Let processes count at the same time; give what each was told."""
    command = [sys.executable, "-m", "faults.increments"]
    processes = [
        subprocess.Popen(
            [*command, str(number), "1", str(COUNT), "plain"],
            env={**os.environ, "DATABASE_LOCK_TIMEOUT": "30"},
            stdout=subprocess.PIPE,
        )
        for number in range(PROCESSES)
    ]
    return [json.loads(process.communicate()[0]) for process in processes]


async def test_no_increment_of_many_processes_is_lost(sessions: Sessions) -> None:
    reports = counted_by_processes()
    assert [report["given_up"] for report in reports] == [[]] * PROCESSES
    names = [name for report in reports for name in report["acknowledged"]]
    assert await steps(sessions) == dict.fromkeys(names, 1)
    assert await counts(sessions) == [PROCESSES * COUNT, 0]


async def test_a_writer_is_waited_for(sessions: Sessions) -> None:
    begun = Event()
    tries: list[int] = []

    async def hold() -> None:
        async with unit_of_work(sessions) as session:
            await increment(session, 1)
            begun.set()
            while len(tries) < 2:
                await sleep(0.02)

    async def late(session: AsyncSession) -> int:
        tries.append(len(tries))
        return await increment(session, 1)

    async def wait() -> None:
        await begun.wait()
        async with open_sessions(database_lock_timeout=1) as impatient:
            assert await run_in_unit_of_work(impatient, late) == 2

    assert await together([hold, wait]) == [None, None]
    assert await counts(sessions) == [2, 0]


async def test_readers_do_not_wait_for_a_writer(sessions: Sessions) -> None:
    async with (
        open_sessions(database_lock_timeout=1) as readers,
        sessions() as writer,
    ):
        await increment(writer, 1)
        async with unit_of_work(readers, read_only=True) as reader:
            assert await reader.scalar(select(Counter.count)) == 0
        with pytest.raises(Interrupted):
            await works(readers)


async def test_what_a_savepoint_took_back_is_gone(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        await step(session, "before")
        savepoint = await session.begin_nested()
        await step(session, "taken back")
        await savepoint.rollback()
        await step(session, "after")
    assert await steps(sessions) == {"before": 1, "after": 1}


async def test_ddl_rolls_back(sessions: Sessions) -> None:
    async def half_done() -> None:
        async with unit_of_work(sessions) as session:
            await step(session, "with it")
            await session.execute(text("CREATE TABLE half_done (id INTEGER)"))
            raise RuntimeError("too late")

    with pytest.raises(RuntimeError, match="too late"):
        await half_done()
    async with unit_of_work(sessions) as session:
        tables = await session.scalars(text("SELECT name FROM sqlite_master"))
        assert "half_done" not in tables.all()
    assert await steps(sessions) == {}
