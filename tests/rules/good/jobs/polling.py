"""A worker that waits for work."""

from ...database.retry import run
from ...database.session import Sessions
from ..queue.repository import QueueRepository


async def work_for_ever(sessions: Sessions) -> None:
    """Take ten, again and again; each time is a unit of work."""
    while True:
        await run(sessions, lambda session: QueueRepository(session).next_ten())
