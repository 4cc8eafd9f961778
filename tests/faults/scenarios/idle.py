# mypy: disable-error-code="import-not-found"
"""Fill the pool, wait for a line of input, and tell which units of work then fail.

python -m faults.idle CONNECTIONS
"""

import asyncio
import json
import sys
from functools import partial

from my_service.database import Sessions, unit_of_work

from .tasks import Barrier, together
from .units import open_sessions, pool, step, works


async def held(sessions: Sessions, barrier: Barrier) -> None:
    """Hold a connection until all are held."""
    async with unit_of_work(sessions) as session:
        await step(session, "held")
        await barrier.wait()


async def main(count: int) -> None:
    """Print "idle" when the pool is full, and in the end what failed."""
    async with open_sessions(database_pool_size=count) as sessions:
        barrier = Barrier(count)
        assert (
            await together([partial(held, sessions, barrier)] * count) == [None] * count
        )
        assert pool(sessions).checkedin() == count
        print("idle", flush=True)
        sys.stdin.readline()
        outcomes = await together([partial(works, sessions)] * count)
        failures = [repr(outcome) for outcome in outcomes if outcome is not True]
    print(json.dumps({"failed": failures}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
