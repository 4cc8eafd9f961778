{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Units of work: all or nothing, and never a connection lost."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import (
    Conflict,
    Sessions,
    unit_of_work,
)

from .factories import note, store, stored
from .spoiling import WAYS, Way


async def store_and_raise(sessions: Sessions, reason: type[BaseException]) -> None:
    async with unit_of_work(sessions) as session:
        session.add(note())
        await session.flush()
        raise reason


async def insert_and_raise(session: AsyncSession) -> None:
    async with session.begin_nested():
        session.add(note(slug="inner"))
        await session.flush()
        raise RuntimeError


async def nest_and_raise(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        async with session.begin_nested():
            session.add(note())
        raise RuntimeError


async def test_a_unit_of_work_is_committed(real_sessions: Sessions) -> None:
    await store(real_sessions, note(slug="kept"))
    assert await stored(real_sessions) == ["kept"]


@pytest.mark.parametrize("reason", [RuntimeError, KeyboardInterrupt, SystemExit])
async def test_a_unit_of_work_that_raises_is_rolled_back(
    real_sessions: Sessions, reason: type[BaseException]
) -> None:
    with pytest.raises(reason):
        await store_and_raise(real_sessions, reason)
    assert await stored(real_sessions) == []


async def test_its_errors_are_ours(real_sessions: Sessions) -> None:
    with pytest.raises(Conflict):
        await store(real_sessions, note(slug="same"), note(slug="same"))
    assert await stored(real_sessions) == []


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_commit_that_fails_stores_nothing(
    real_sessions: Sessions,
    way: Way,
) -> None:
    async def store_in_vain() -> None:
        async with unit_of_work(real_sessions) as session:
            session.add(note())
            await session.flush()
            await way.spoil(real_sessions, session)

    with pytest.raises(way.error):
        await store_in_vain()
    assert await stored(real_sessions) == []


async def test_an_inner_unit_fails_alone(real_sessions: Sessions) -> None:
    async with unit_of_work(real_sessions) as session:
        session.add(note(slug="outer"))
        with pytest.raises(RuntimeError):
            await insert_and_raise(session)
        session.add(note(slug="after"))
    assert await stored(real_sessions) == ["outer", "after"]


async def test_an_outer_unit_takes_the_inner_along(real_sessions: Sessions) -> None:
    with pytest.raises(RuntimeError):
        await nest_and_raise(real_sessions)
    assert await stored(real_sessions) == []


async def test_a_nested_unit_of_work_is_refused(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as outer:
        outer.add(note(slug="outer"))
        with pytest.raises(RuntimeError, match="S20"):
            await store(sessions, note(slug="inner"))
    await store(sessions, note(slug="after"))
    assert await stored(sessions) == ["outer", "after"]
{% endcall %}
