# mypy: disable-error-code="import-not-found", disallow-subclassing-any=False
"""Each operation, cancelled each time that it waits for something."""

import asyncio
import gc
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from itertools import count
from typing import Any

import pytest
from my_service.database import Repository, Sessions, run_in_unit_of_work, run_once
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .cancelled import nothing_runs
from .models import Counter, Done, Step
from .units import open_sessions, pool, step, works
from .units import steps as all_steps

# psycopg says so when the connection of a stream that was cancelled is gone.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*ServerCursor.* was deleted:ResourceWarning"
)

ROWS = 60  # more than are sent as parameters
ONE_PLACE = {"database_pool_size": 1, "database_max_overflow": 0}


class Steps(Repository[Step]):
    """The steps."""

    model = Step


class Counters(Repository[Counter]):
    """The counters."""

    model = Counter


def many(name: str) -> list[dict[str, Any]]:
    """Return the values of many steps."""
    return [{"name": name}] * ROWS


def counters(first: int) -> list[dict[str, Any]]:
    """Return the values of many counters."""
    return [{"id": first + number, "count": number} for number in range(ROWS)]


async def stream(session: AsyncSession) -> None:
    """Read steps as they come."""
    async for _ in await Steps(session).stream(select(Step).order_by(Step.id)):
        pass


async def add_all(session: AsyncSession) -> None:
    """Add many steps."""
    await Steps(session).add_all(Step(**values) for values in many("added"))


async def change(session: AsyncSession) -> None:
    """Lock a counter, change it and leave the write to the commit."""
    counter = await Counters(session).get_one(1, for_update=True)
    counter.count += 1


async def fail_inside(session: AsyncSession) -> None:
    """Go back to a savepoint."""
    savepoint = await session.begin_nested()
    await step(session, "taken back")
    await savepoint.rollback()


OPERATIONS: dict[str, Callable[[AsyncSession], Awaitable[Any]]] = {
    "get": lambda session: Counters(session).get(1),
    "change": change,
    "by_keys": lambda session: Counters(session).by_keys([1, 2]),
    "for_update": lambda session: Counters(session).for_update(Counter.id < 3),
    "count": lambda session: Steps(session).count(),
    "exists": lambda session: Steps(session).exists(Step.id == 1),
    "stream": stream,
    "page": lambda session: Steps(session).page(select(Step), [Step.id], limit=10),
    "add_all": add_all,
    "fail_inside": fail_inside,
    "insert_many": lambda session: Steps(session).insert_many(many("many")),
    "insert_returning": lambda s: Steps(s).insert_returning(many("returned")),
    "upsert_many": lambda session: Counters(session).upsert_many(
        counters(1), key=["id"], update=["count"]
    ),
    "update_many": lambda session: Counters(session).update_many(counters(1)),
    "update_where": lambda session: Counters(session).update_where(
        Counter.id == 1, count=7
    ),
    "delete_where": lambda session: Counters(session).delete_where(Counter.id > 2),
}


class Cancelling:
    """Cancels the task of a coroutine where it waits for the nth time."""

    def __init__(self, point: int) -> None:
        self.waits = point + 1

    @types.coroutine
    def watch(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, None, Any]:
        """Run a coroutine to its end."""
        error: BaseException | None = None
        while True:
            try:
                waiting = work.send(None) if error is None else work.throw(error)
            except StopIteration as end:
                return end.value
            self.waits -= 1
            if self.waits == 0:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            error = None
            try:
                yield waiting
            except BaseException as raised:  # noqa: BLE001 (it is passed on)
                error = raised

    @property
    def cancelled(self) -> bool:
        """Whether it waited so often."""
        return self.waits <= 0


async def cancelled_everywhere(
    sessions: Sessions,
    work: Callable[[], Coroutine[Any, Any, Any]],
    *,
    cold: bool = False,
) -> tuple[int, list[int]]:
    """Return how often work waits, and where it swallowed that it was cancelled."""
    swallowed: list[int] = []
    for point in count():
        assert await works(sessions)
        if cold:
            await sessions.kw["bind"].dispose()
        cancelling = Cancelling(point)
        task = asyncio.create_task(watched(cancelling, work))
        await asyncio.wait([task])
        if not cancelling.cancelled:
            assert task.exception() is None
            return point, swallowed
        if not task.cancelled():
            swallowed.append(point)
        async with asyncio.timeout(5):
            while pool(sessions).checkedout():
                await asyncio.sleep(0.001)
    raise AssertionError


async def watched(
    cancelling: Cancelling, work: Callable[[], Coroutine[Any, Any, Any]]
) -> None:
    """Make a coroutine of one that is watched."""
    await cancelling.watch(work())


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_cancellation_goes_on_wherever_it_comes(
    sessions: Sessions, name: str
) -> None:
    calls = 0

    async def once(session: AsyncSession) -> None:
        nonlocal calls
        calls += 1
        await OPERATIONS[name](session)

    async def in_full(few: Sessions) -> None:
        nonlocal calls
        calls = 0
        await run_in_unit_of_work(few, once)
        assert calls == 1

    async with open_sessions(**ONE_PLACE, database_pool_timeout=10) as few:
        points, swallowed = await cancelled_everywhere(few, partial(in_full, few))
        print(f"{name}: {points} points")
        assert points > 3
        assert swallowed == []
        stored = await all_steps(sessions)
        assert stored.pop("works") == points + 1
        assert not any(number % ROWS for number in stored.values()), "all or none"
        gc.collect()
        await nothing_runs(sessions)


async def test_connecting_is_cancelled(sessions: Sessions) -> None:
    async with open_sessions(**ONE_PLACE, database_pool_timeout=10) as few:
        work = partial(run_in_unit_of_work, few, OPERATIONS["exists"])
        points, swallowed = await cancelled_everywhere(few, work, cold=True)
        print(f"connecting: {points} points")
        assert points > 3
        assert swallowed == []
        await nothing_runs(sessions)


async def test_what_is_done_once_is_cancelled(sessions: Sessions) -> None:
    async with open_sessions(**ONE_PLACE, database_pool_timeout=10) as few:
        keys = count()

        async def work() -> None:
            key = str(next(keys))
            await run_once(few, Done, key, "step", partial(step, name="once"))

        points, swallowed = await cancelled_everywhere(few, work)
        assert points > 3
        assert swallowed == []
