# mypy: disable-error-code="import-not-found"
"""Send many statements by many clients through a pooler, and print what went wrong.

    python -m faults.pooled CLIENTS TRANSACTIONS

Each transaction has four statements. Half of the clients have other timeouts than the
other half: each has to meet its own.
"""

import asyncio
import json
import sys
from functools import partial

from my_service.database import Sessions, StatementTimeout, unit_of_work
from sqlalchemy import text

from .tasks import together
from .units import open_sessions, step

MINE = text("SELECT current_setting('statement_timeout'), pg_backend_pid()")
COUNT = text("SELECT count(*) FROM fault_steps WHERE name = :name")
TIMES = {"20s": 20, "40s": 40}


class Report:
    """What the clients were told."""

    def __init__(self) -> None:
        self.statements = 0
        self.leaked: list[str] = []
        self.wrong: list[str] = []
        self.connections: set[int] = set()

    async def work(self, sessions: Sessions, name: str, time: str, turns: int) -> None:
        """Do one step after the other, and count them."""
        for turn in range(turns):
            async with unit_of_work(sessions) as session:
                await step(session, name)
                timeout, connection = (await session.execute(MINE)).one()
                found = await session.scalar(COUNT, {"name": name})
                await session.scalar(text(f"SELECT {turn} + :n"), {"n": turn})
            self.statements += 4
            self.connections.add(connection)
            if timeout != time:
                self.leaked.append(f"{timeout} instead of {time}")
            if found != turn + 1:
                self.wrong.append(f"{name}: {found} instead of {turn + 1}")


async def is_cancelled() -> bool:
    """Tell whether a statement that takes too long is cancelled."""
    async with open_sessions(database_statement_timeout=0.2) as sessions:
        try:
            async with unit_of_work(sessions) as session:
                await session.execute(text("SELECT pg_sleep(20)"))
        except StatementTimeout:
            return True
    return False


async def main(clients: int, turns: int) -> None:
    """Let the clients work, and print a report."""
    report = Report()
    short, long = TIMES
    async with (
        open_sessions(
            database_pool_size=clients, database_statement_timeout=TIMES[short]
        ) as hasty,
        open_sessions(
            database_pool_size=clients, database_statement_timeout=TIMES[long]
        ) as patient,
    ):
        outcomes = await together(
            partial(report.work, *kind, turns)
            for number in range(clients // 2)
            for kind in (
                (hasty, f"hasty {number}", short),
                (patient, f"patient {number}", long),
            )
        )
    errors = [repr(outcome) for outcome in outcomes if outcome is not None]
    told = {**vars(report), "connections": len(report.connections), "errors": errors}
    print(json.dumps({**told, "cancelled": await is_cancelled()}))


if __name__ == "__main__":
    clients, turns = sys.argv[1:]
    asyncio.run(main(int(clients), int(turns)))
