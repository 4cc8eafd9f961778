# mypy: disable-error-code="import-not-found"
"""Count up by several workers at once, and print which increments were acknowledged.

    python -m faults.increments NAME WORKERS COUNT once|plain

One counter is read and written by all of them: by run_once, or by a plain unit of work,
which nobody runs again.
"""

import asyncio
import json
import sys
import time
from functools import partial

from my_service.database import Sessions, Unavailable, run_once, unit_of_work
from sqlalchemy.ext.asyncio import AsyncSession

from .models import Done
from .tasks import together
from .units import increment, open_sessions, step


async def count_up(session: AsyncSession, name: str) -> dict[str, object]:
    """Increment, and leave a trace of it."""
    count = await increment(session, 1)
    await step(session, name)
    return {"count": count}


class Report:
    """What the workers were told."""

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.given_up: list[str] = []
        self.slowest = 0.0

    async def work(self, sessions: Sessions, names: list[str], *, once: bool) -> None:
        """Count up for each of these names."""
        for name in names:
            began = time.monotonic()
            work = partial(count_up, name=name)
            try:
                if once:
                    await run_once(sessions, Done, name, "count", work)
                else:
                    async with unit_of_work(sessions) as session:
                        await work(session)
                self.acknowledged.append(name)
            except Unavailable as error:
                self.given_up.append(f"{name}: {error!r}")
            self.slowest = max(self.slowest, time.monotonic() - began)


async def main(prefix: str, workers: int, count: int, how: str) -> None:
    """Let the workers count, and print a report."""
    report = Report()
    async with open_sessions() as sessions:
        lists = [
            [f"{prefix}-{worker}-{number}" for number in range(count)]
            for worker in range(workers)
        ]
        outcomes = await together(
            partial(report.work, sessions, names, once=how == "once") for names in lists
        )
    for outcome in outcomes:
        if outcome is not None:
            raise outcome
    print(json.dumps(vars(report)))


if __name__ == "__main__":
    name, workers, count, how = sys.argv[1:]
    asyncio.run(main(name, int(workers), int(count), how))
