# mypy: disable-error-code="import-not-found"
"""Count up by many at once, on few rows, and print how often that was acknowledged.

    python -m faults.contended WORKERS COUNT ROWS locked|plain

With `plain` a row is read as any other: who writes it may have read what is no longer so.
"""

import asyncio
import json
import sys
from functools import partial

from my_service.database import Sessions, Unavailable, run_in_unit_of_work
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Counter
from .tasks import together
from .units import open_sessions


class Report:
    """What the workers were told."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.given_up: list[str] = []
        self.attempts = 0

    async def work(self, sessions: Sessions, keys: list[int], *, lock: bool) -> None:
        """Count each of these rows up."""
        for key in keys:
            try:
                add_one = partial(self.add_one, key=key, lock=lock)
                await run_in_unit_of_work(sessions, add_one)
                self.acknowledged += 1
            except Unavailable as error:
                self.given_up.append(repr(error))

    async def add_one(self, session: AsyncSession, key: int, *, lock: bool) -> None:
        """Read a counter and write what is one more."""
        self.attempts += 1
        counter = await session.get_one(Counter, key, with_for_update=lock or None)
        counter.count += 1


async def main(workers: int, count: int, rows: int, how: str) -> None:
    """Let the workers count, and print a report."""
    report = Report()
    async with open_sessions(database_pool_size=workers) as sessions:
        turns = [
            [1 + (worker + number) % rows for number in range(count)]
            for worker in range(workers)
        ]
        outcomes = await together(
            partial(report.work, sessions, keys, lock=how == "locked") for keys in turns
        )
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    print(json.dumps(vars(report)))


if __name__ == "__main__":
    workers, count, rows, how = sys.argv[1:]
    asyncio.run(main(int(workers), int(count), int(rows), how))
