{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Running a unit of work again when the database undid it."""

{% if is_async %}
import asyncio
import math
{% endif %}
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from .errors import Interrupted, LockTimeout, Unavailable
from .session import Sessions, unit_of_work

Result = TypeVar("Result")
Work = Callable[[AsyncSession], Awaitable[Result]]


async def run(
    sessions: Sessions,
    work: Work[Result],
    *,
    again_after: tuple[type[Unavailable], ...] = (Interrupted,),
    seconds: float = 10,
) -> Result:
    """Run `work` as one unit of work, in a fresh session each time it was interrupted.

    Deadlocks, serialization failures and lost connections interrupt it; a lock timeout
    does so once, since each is a long wait. A commit whose answer was lost does not, since
    it may have happened: see run_once in idempotency.py. After 20 attempts or `seconds`
{% if is_async %}
    raises what interrupted it last, or cancels the work under way and raises Unavailable.
    A commit is never cancelled: nobody would know whether it happened.
{% else %}
    raises what interrupted it last. Work under way in a thread cannot be cancelled: it
    ends by the timeouts of the database.
{% endif %}
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_interrupted_by(again_after)),
        stop=stop_after_attempt(20) | stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )
{% if is_async %}
    end = asyncio.get_running_loop().time() + seconds
    return await retrying(_attempt, sessions, work, end)


async def _attempt(sessions: Sessions, work: Work[Result], end: float) -> Result:
    async with unit_of_work(sessions) as session:
        try:
            async with asyncio.timeout_at(None if math.isinf(end) else end) as limit:
                return await work(session)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unavailable("it took too long, try again") from error
{% else %}
    result: Result = retrying(_attempt, sessions, work)
    return result


def _attempt(sessions: Sessions, work: Work[Result]) -> Result:
    with unit_of_work(sessions) as session:
        return work(session)
{% endif %}


def _interrupted_by(
    kinds: tuple[type[Unavailable], ...],
) -> Callable[[BaseException], bool]:
    locked = 0

    def interrupted(error: BaseException) -> bool:
        nonlocal locked
        locked += isinstance(error, LockTimeout)
        return isinstance(error, kinds) and locked < 2

    return interrupted
{% endcall %}
