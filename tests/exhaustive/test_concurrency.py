{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Several units of work at the same time, and one that several use."""

import pytest
from sqlalchemy import Connection, Select, inspect
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import (
    Sessions,
    run_in_unit_of_work,
    unit_of_work,
)

from .factories import note, store
from .repositories import NoteRepository
from .slow import busy
from .together import at_once


async def test_what_is_locked_is_changed_by_one_after_the_other(
    real_sessions: Sessions,
) -> None:
    counter = note(rank=0)
    await store(real_sessions, counter)

    async def count_one(session: AsyncSession) -> None:
        notes = NoteRepository(session)
        locked = await notes.get_one(counter.id, for_update=True)
        locked.rank += 1

    async def count(times: int) -> None:
        for _ in range(times):
            await run_in_unit_of_work(real_sessions, count_one)

    assert await at_once(count, [10, 10]) == [None, None]
    async with unit_of_work(real_sessions) as session:
        counted = await NoteRepository(session).get_one(counter.id)
        assert counted.rank == 20


@pytest.mark.waive("S04", "the engine has to refuse it")
async def test_a_session_is_not_for_two_at_once(real_sessions: Sessions) -> None:
    async with unit_of_work(real_sessions) as session:
        await session.connection()

        async def use(statement: Select[int]) -> int | None:
            return await session.scalar(statement)

        outcomes = await at_once(use, [busy(150), busy(150)])
    refused = [found for found in outcomes if isinstance(found, RuntimeError)]
    assert "use one session at once" in str(refused)
    assert 150**3 in outcomes


def finds_nothing(connection: Connection) -> bool:
    try:
        inspect(connection).get_columns("no_such_table")
    except NoSuchTableError:
        return True
    return False


async def test_to_look_for_a_table_is_one_use(session: AsyncSession) -> None:
    connection = await session.connection()
    for _ in range(2):
        assert await connection.run_sync(finds_nothing)
{% endcall %}
