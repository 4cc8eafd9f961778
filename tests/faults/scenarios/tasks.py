"""Doing things at the same time, in tasks; threads.py has the same for threads."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Result = TypeVar("Result")

Barrier = asyncio.Barrier
Event = asyncio.Event
sleep = asyncio.sleep


async def together(
    works: Iterable[Callable[[], Awaitable[Result]]],
) -> list[Result | BaseException]:
    """Do all at once; give what each returned or raised, in their order."""
    return await asyncio.gather(*(work() for work in works), return_exceptions=True)
