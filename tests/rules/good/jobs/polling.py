"""A worker that waits for work."""

from ...database import Sessions, run_in_unit_of_work
from ..queue.repository import QueueRepository


async def work_for_ever(sessions: Sessions) -> None:
    """Take ten, again and again; each time is a unit of work."""
    while True:
        await run_in_unit_of_work(sessions, lambda session: QueueRepository(session).next_ten())
