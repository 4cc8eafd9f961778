"""Sessions: one, in one transaction, for each unit of work."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Executable, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.orm.exc import StaleDataError
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from .activity import log_holders
from .errors import (
    CommitUnknown,
    Disconnected,
    Interrupted,
    LockTimeout,
    Stale,
    StorageError,
    Unavailable,
)
from .pages import Cursors
from .soft_delete import NOT_DELETED, SoftDelete

Result = TypeVar("Result")
Work = Callable[[AsyncSession], Awaitable[Result]]
Sessions = async_sessionmaker[AsyncSession]
NESTED = (
    "S20: a unit of work begins inside another one: "
    "pass on the session of that one, or end it first"
)
# The tasks that are in a unit of work.
_at_work: WeakSet[asyncio.Task[Any]] = WeakSet()


class _Session(Session):
    def flush(self, objects: Sequence[Any] | None = None) -> None:
        try:
            super().flush(objects)
        except StaleDataError as error:
            raise Stale("it was changed by somebody else since it was read") from error


_without_deleted: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


def _leave_out_deleted(state: ORMExecuteState) -> None:
    if state.is_insert or state.execution_options.get("include_deleted"):
        return
    given, known = state.statement, _without_deleted
    if given not in known:
        known[given] = given.options(NOT_DELETED)
    # The same one each time, which SQLAlchemy finds in its cache of compiled ones.
    state.statement = known[given]


# Only once a model can be deleted softly: without one, listening would slow every statement.
@event.listens_for(SoftDelete, "instrument_class", propagate=True, once=True)
def _listen(*_: object) -> None:
    event.listen(_Session, "do_orm_execute", _leave_out_deleted)


def build_sessions(engine: AsyncEngine, cursors: Cursors) -> Sessions:
    """Build the session factory. What is loaded stays readable after the commit."""
    return async_sessionmaker(
        engine,
        sync_session_class=_Session,
        autoflush=False,
        expire_on_commit=False,
        info={"cursors": cursors},
    )


@asynccontextmanager
async def unit_of_work(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Yield a session: committed at the end, rolled back when the body raises.

    Raises the errors of errors.py in place of the driver's; RuntimeError inside another
    unit of work.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(forbid_nesting())
        session = await stack.enter_async_context(sessions())
        try:
            yield session
            # Before the commit, so that what fails here may be run again.
            await session.flush()
            await _commit(session)
        except BaseException as error:
            # A rollback that fails, too, must not hide what went wrong.
            with suppress(StorageError):
                await session.rollback()
            if isinstance(error, PoolTimeout):
                log_holders()
                reason = "every connection to the database is in use"
                raise Unavailable(reason) from error
            raise


async def _commit(session: AsyncSession) -> None:
    try:
        await session.commit()
    except Disconnected as error:
        raise CommitUnknown("the connection was lost during the commit") from error


@contextmanager
def forbid_nesting() -> Iterator[None]:
    """Raise RuntimeError inside another unit of work of the same task.

    Waiting for a second connection while holding one can deadlock the pool.
    """
    task = asyncio.current_task()
    if task is None or task in _at_work:
        raise RuntimeError(NESTED)
    _at_work.add(task)
    try:
        yield
    finally:
        _at_work.discard(task)


async def run_in_unit_of_work(
    sessions: Sessions,
    work: Work[Result],
    *,
    retry_on: tuple[type[Unavailable], ...] = (Interrupted,),
    seconds: float = 10,
) -> Result:
    """Run `work` as one unit of work, again in a fresh session when it was interrupted.

    Deadlocks, serialization failures and lost connections interrupt it; a lock timeout
    does so once, since each is a long wait. A commit whose answer was lost does not, since
    it may have happened: see run_once in idempotency.py. After 20 attempts or `seconds`
    raises what interrupted it last, or cancels the work under way and raises Unavailable.
    A commit is never cancelled: nobody would know whether it happened.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_interrupted_by(retry_on)),
        stop=stop_after_attempt(20) | stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )
    end = asyncio.get_running_loop().time() + seconds
    return await retrying(_attempt, sessions, work, end)


async def _attempt(sessions: Sessions, work: Work[Result], end: float) -> Result:
    async with unit_of_work(sessions) as session:
        limit = asyncio.timeout_at(None if math.isinf(end) else end)
        try:
            async with limit:
                return await work(session)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unavailable("it took too long, try again") from error


def _interrupted_by(
    kinds: tuple[type[Unavailable], ...],
) -> Callable[[BaseException], bool]:
    lock_timeouts = 0

    def interrupted(error: BaseException) -> bool:
        nonlocal lock_timeouts
        lock_timeouts += isinstance(error, LockTimeout)
        return isinstance(error, kinds) and lock_timeouts < 2

    return interrupted
