"""Several things at the same time."""

{% if is_async %}
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
PATIENCE = 30  # seconds

Barrier = asyncio.Barrier


async def at_once(
    work: Callable[[Item], Awaitable[Result]], items: Sequence[Item]
) -> list[Result | BaseException]:
    """Do work for each item in a task of its own; return results, or what was raised."""
    async with asyncio.timeout(PATIENCE):
        return await asyncio.gather(*map(work, items), return_exceptions=True)
{% else %}
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
PATIENCE = 30  # seconds


class Barrier(threading.Barrier):
    """Nobody passes before all are there."""

    def __init__(self, parties: int) -> None:
        super().__init__(parties, timeout=PATIENCE)


def at_once(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> list[Result | BaseException]:
    """Do work for each item in a thread of its own; return results, or what was raised."""
    with ThreadPoolExecutor(len(items)) as threads:
        return list(map(_outcome, [threads.submit(work, item) for item in items]))


def _outcome(future: Future[Result]) -> Result | BaseException:
    return future.exception() or future.result()
{% endif %}
