{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Each setting of the engine shows on the real database."""

import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import ColumnElement, event, literal, literal_column, select
from sqlalchemy.exc import DBAPIError

from {{ package_name }}.connection import connected
from {{ package_name }}.database import (
    LockTimeout,
    Sessions,
    Unavailable,
    unit_of_work,
)
from {{ package_name }}.settings import Settings

from .connections import driver_connection, engine_of, used_next
from .factories import note, store
from .repositories import NoteRepository

WAIT = 4  # seconds, less than any default
{% if mysql %}
LOCK_WAIT = 1.0  # MySQL counts whole seconds
{% else %}
LOCK_WAIT = 0.2
{% endif %}
SECRET = literal("a secret") != ""
NOTHING: ColumnElement[int] = literal_column("nothing")


async def test_the_pool_is_as_large_as_it_is_set(settings: Settings) -> None:
    pool = {"database_pool_size": 1, "database_max_overflow": 1}
    small = settings.model_copy(update=pool | {"database_pool_timeout": 0.01})

    async def use(connections: int) -> None:
        async with connected(small) as sessions, AsyncExitStack() as used:
            for _ in range(connections):
                await used.enter_async_context(engine_of(sessions).connect())
            await used_next(sessions)

    await use(1)
    began = time.perf_counter()
    with pytest.raises(Unavailable, match="every connection"):
        await use(2)
    assert time.perf_counter() - began < WAIT


async def test_the_connection_used_last_is_used_first(settings: Settings) -> None:
    async with connected(settings) as sessions:
        engine = engine_of(sessions)
        async with engine.connect() as first, engine.connect() as second:
            used = [await driver_connection(first), await driver_connection(second)]
        again = [await used_next(sessions) for _ in range(3)]
        assert again == [used[0]] * 3
        assert used[0] is not used[1]


async def test_an_old_connection_is_replaced(settings: Settings) -> None:
    def age(_: object, record: Any) -> None:
        record.starttime -= settings.database_pool_recycle + 1

    async with connected(settings) as sessions:
        first = await used_next(sessions)
        assert await used_next(sessions) is first
        event.listen(engine_of(sessions).sync_engine, "checkin", age)
        assert await used_next(sessions) is first
        assert await used_next(sessions) is not first


async def test_a_lock_is_not_waited_for_longer_than_set(
    settings: Settings, real_sessions: Sessions
) -> None:
    async def lock() -> None:
        async with unit_of_work(sessions) as session:
            await NoteRepository(session).get(locked.id, for_update=True)

    await store(real_sessions, locked := note())
    hasty = settings.model_copy(update={"database_lock_timeout": LOCK_WAIT})
    async with connected(hasty) as sessions:
        async with real_sessions() as session:
            await NoteRepository(session).get(locked.id, for_update=True)
            began = time.perf_counter()
            with pytest.raises(LockTimeout):
                await lock()
        assert 0.9 * LOCK_WAIT < time.perf_counter() - began < WAIT
        await lock()


@pytest.mark.parametrize(("seconds", "logged"), [(0, True), (60, False)])
async def test_a_slow_statement_is_logged_without_parameters(
    settings: Settings, caplog: pytest.LogCaptureFixture, seconds: float, logged: bool
) -> None:
    changed = settings.model_copy(update={"database_slow_statement": seconds})
    async with connected(changed) as sessions, unit_of_work(sessions) as session:
        await session.execute(select(literal(1)).where(SECRET))
    assert ("WHERE" in caplog.text) is logged
    assert "secret" not in caplog.text


async def test_a_slow_statement_is_not_logged_whole(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    changed = settings.model_copy(update={"database_slow_statement": 0})
    async with connected(changed) as sessions, unit_of_work(sessions) as session:
        await session.execute(select(*map(literal, range(1000))))
    assert "SELECT" in caplog.text
    assert max(map(len, caplog.messages)) < 1100


@pytest.mark.parametrize("echo", [False, True])
async def test_echo_shows_parameters(settings: Settings, echo: bool) -> None:
    changed = settings.model_copy(update={"database_echo": echo})

    async def fail() -> None:
        async with connected(changed) as sessions, sessions() as session:
            await session.execute(select(NOTHING).where(SECRET))

    with pytest.raises(DBAPIError) as error:
        await fail()
    assert ("a secret" in str(error.value)) is echo
{% endcall %}
