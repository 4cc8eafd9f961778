{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Running a unit of work again when the database undid it."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from .errors import Interrupted, Unavailable
from .session import Sessions, unit_of_work

Result = TypeVar("Result")
Work = Callable[[AsyncSession], Awaitable[Result]]


async def run(
    sessions: Sessions,
    work: Work[Result],
    *,
    again_after: tuple[type[Unavailable], ...] = (Interrupted,),
) -> Result:
    """Run `work` as one unit of work, in a fresh session each time it was interrupted.

    Deadlocks, serialization failures, lock timeouts and lost connections interrupt; a
    commit whose answer was lost does not, since it may have happened: see run_once in
    idempotency.py. After 20 attempts or 10 seconds raises Interrupted.
    """

    async def once() -> Result:
        async with unit_of_work(sessions) as session:
            return await work(session)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(again_after),
        stop=stop_after_attempt(20) | stop_after_delay(10),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )
    return await retrying(once)
{% endcall %}
