"""Sessions: one, in one transaction, for each unit of work."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from threading import Event
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Executable, event
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from tenacity import (
    Retrying,
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
Work = Callable[[Session], Result]
Sessions = sessionmaker[Session]
NESTED = (
    "S20: a unit of work begins inside another one: "
    "pass on the session of that one, or end it first"
)
# What is set when the unit of work that began here has ended.
_ended: ContextVar[Event | None] = ContextVar("_ended", default=None)


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


def build_sessions(engine: Engine, cursors: Cursors) -> Sessions:
    """Build the session factory. What is loaded stays readable after the commit."""
    return sessionmaker(
        engine,
        class_=_Session,
        autoflush=False,
        expire_on_commit=False,
        info={"cursors": cursors},
    )


@contextmanager
def unit_of_work(
    sessions: Sessions,
    *,
    read_only: bool = False,
) -> Iterator[Session]:
    """Yield a session: committed at the end, rolled back when the body raises.

    One that only reads does not wait for those that write. Raises the errors of
    errors.py in place of the driver's; RuntimeError inside another unit of work.
    """
    options = {"read_only": read_only}
    with ExitStack() as stack:
        stack.enter_context(forbid_nesting())
        session = stack.enter_context(sessions(execution_options=options))
        try:
            yield session
            # Before the commit, so that what fails here may be run again.
            session.flush()
            _commit(session)
        except BaseException as error:
            # A rollback that fails, too, must not hide what went wrong.
            with suppress(StorageError):
                session.rollback()
            if isinstance(error, PoolTimeout):
                log_holders()
                reason = "every connection to the database is in use"
                raise Unavailable(reason) from error
            raise


def _commit(session: Session) -> None:
    try:
        session.commit()
    except Disconnected as error:
        raise CommitUnknown("the connection was lost during the commit") from error


@contextmanager
def forbid_nesting() -> Iterator[None]:
    """Raise RuntimeError inside another unit of work of the same thread or request.

    Waiting for a second connection while holding one can deadlock the pool.
    """
    outer = _ended.get()
    if outer is not None and not outer.is_set():
        raise RuntimeError(NESTED)
    ended = Event()
    _ended.set(ended)
    try:
        yield
    finally:
        ended.set()


def run_in_unit_of_work(
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
    raises what interrupted it last. Work under way in a thread cannot be cancelled: it
    ends by the timeouts of the database.
    """
    retrying = Retrying(
        retry=retry_if_exception(_interrupted_by(retry_on)),
        stop=stop_after_attempt(20) | stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        reraise=True,
    )
    result: Result = retrying(_attempt, sessions, work)
    return result


def _attempt(sessions: Sessions, work: Work[Result]) -> Result:
    with unit_of_work(sessions) as session:
        return work(session)


def _interrupted_by(
    kinds: tuple[type[Unavailable], ...],
) -> Callable[[BaseException], bool]:
    lock_timeouts = 0

    def interrupted(error: BaseException) -> bool:
        nonlocal lock_timeouts
        lock_timeouts += isinstance(error, LockTimeout)
        return isinstance(error, kinds) and lock_timeouts < 2

    return interrupted
