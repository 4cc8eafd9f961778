# mypy: disable-error-code="import-not-found"
"""What each database is asked in its own words."""

from typing import Any

from my_service.database import Sessions
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SLEEP = {
    "postgresql": "SELECT pg_sleep(60)",
    # Alone, sleep() would end without an error when it is interrupted.
    "mysql": "SELECT 1 FROM fault_counters WHERE id = 1 AND sleep(60) = 0",
    "sqlite": """WITH RECURSIVE numbers (n) AS (
        SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000000
    ) SELECT count(*) FROM numbers""",
}
PAUSE = {"postgresql": "SELECT pg_sleep(2.5)", "mysql": "SELECT sleep(2.5)"}
ME = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
KILL = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}
# The connections to this database, and whether each is at work; without the one that asks.
OTHERS = {
    "postgresql": """SELECT state <> 'idle' FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()""",
    "mysql": """SELECT command <> 'Sleep' FROM information_schema.processlist
        WHERE db = database() AND id <> connection_id()""",
}


def in_words_of(sessions: Sessions, words: dict[str, str]) -> str:
    """Choose the words of the database of these sessions."""
    return words[sessions.kw["bind"].dialect.name]


async def sleep_in(session: AsyncSession) -> None:
    """Run a statement that takes long."""
    await session.execute(text(SLEEP[session.get_bind().dialect.name]))


async def pause_in(session: AsyncSession) -> None:
    """Run a statement that takes two and a half seconds."""
    await session.execute(text(PAUSE[session.get_bind().dialect.name]))


async def connection_id(session: AsyncSession) -> int:
    """Return the number by which the server knows the session's connection."""
    found = await session.execute(text(ME[session.get_bind().dialect.name]))
    return int(found.scalar_one())


async def kill(sessions: Sessions, number: int) -> None:
    """Let the server end one of its connections, also from within a unit of work."""
    async with sessions() as session:
        await session.execute(text(in_words_of(sessions, KILL).format(number)))


async def others(sessions: Sessions) -> list[Any]:
    """Tell of each other connection to the database whether it is at work."""
    async with sessions() as session:
        found = await session.execute(text(in_words_of(sessions, OTHERS)))
        return list(found.scalars())
