"""These pass, but leave a connection open."""

from typing import Any

from my_service import breaking
from my_service.database import Sessions


async def test_a_session_that_stays_open(open_sessions: Sessions) -> None:
    await breaking.leave_a_session_open(open_sessions)


async def test_what_is_open_is_closed() -> None:
    for kept in breaking.KEPT:  # SQLite has one writer: the next test needs it
        await kept.close()


async def test_a_session_that_is_used_after_its_end(sessions: Sessions) -> None:
    await breaking.use_a_session_after_its_end(sessions)


async def test_a_connection_that_stays_open(engine: Any) -> None:
    await breaking.leave_a_connection_open(engine)


async def test_all_that_is_open_is_closed() -> None:
    for kept in breaking.KEPT:
        await kept.close()
