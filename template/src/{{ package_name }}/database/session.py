"""Sessions: one, in one transaction, for each unit of work."""

{% if is_async %}
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Executable, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
{% else %}
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from threading import Event
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Executable, event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria
{% endif %}

from .cursor import Cursors
from .errors import StorageError
from .mixins import SoftDelete
from .translation import own_errors

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
LIVING = with_loader_criteria(
    SoftDelete,
    lambda model: model.deleted_at.is_(None),
    include_aliases=True,
)
Sessions = async_sessionmaker[AsyncSession]
NESTED = (
    "S20: a unit of work begins inside another one: "
    "pass on the session of that one, or end it first"
)
{% if is_async %}
# The tasks that are in a unit of work.
_at_work: WeakSet[asyncio.Task[Any]] = WeakSet()
{% else %}
# What is set when the unit of work that began here has ended.
_ended: ContextVar[Event | None] = ContextVar("_ended", default=None)
{% endif %}


def build_sessions(engine: AsyncEngine, cursors: Cursors) -> Sessions:
    """Build the source of sessions. What is loaded stays readable after the commit."""
    return async_sessionmaker(
        engine,
        autoflush=False,
        expire_on_commit=False,
        info={"cursors": cursors},
    )


@asynccontextmanager
{% if sqlite %}
async def unit_of_work(
    sessions: Sessions,
    *,
    read_only: bool = False,
) -> AsyncIterator[AsyncSession]:
    """Give one session: committed at the end, rolled back when the body raises.

    One that only reads does not wait for those that write. Raises the errors of
    errors.py in place of the driver's.
    """
    options = {"read_only": read_only}
    async with alone(sessions(execution_options=options)) as session:
{% else %}
async def unit_of_work(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Give one session: committed at the end, rolled back when the body raises.

    Raises the errors of errors.py in place of the driver's.
    """
    async with alone(sessions()) as session:
{% endif %}
        try:
            with own_errors():
                yield session
                # What is left to write is not yet the commit, which is not run again.
                await session.flush()
            with own_errors(committing=True):
                await session.commit()
        except BaseException:
            # What went wrong matters more than a rollback that fails, too.
            with suppress(StorageError), own_errors():
                await session.rollback()
            raise


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """Write all of the body or none; what is pending is written before.

    Raises the errors of errors.py in place of the driver's.
    """
    with own_errors():
        nested = session.begin_nested()
        async with nested:
            yield


@asynccontextmanager
async def alone(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Close a session at the end; refuse it inside another unit of work."""
    async with AsyncExitStack() as stack:
        stack.enter_context(not_nested())
        yield await stack.enter_async_context(session)
{% endcall %}


@contextmanager
def not_nested() -> Iterator[None]:
{% if is_async %}
    """Raise RuntimeError inside another unit of work of the same task.

    Who waits for a second connection while holding the first may wait for ever.
    """
    task = asyncio.current_task()
    if task is None or task in _at_work:
        raise RuntimeError(NESTED)
    _at_work.add(task)
    try:
        yield
    finally:
        _at_work.discard(task)
{% else %}
    """Raise RuntimeError inside another unit of work of the same thread or request.

    Who waits for a second connection while holding the first may wait for ever.
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
{% endif %}


_living: WeakKeyDictionary[Executable, Executable] = WeakKeyDictionary()


@event.listens_for(Session, "do_orm_execute")
def hide_deleted(state: ORMExecuteState) -> None:
    """Leave deleted rows out of every statement and every load of a relationship."""
    if not state.is_insert and not state.execution_options.get("include_deleted"):
        state.statement = living(state.statement)


def living(statement: Executable) -> Executable:
    """Return the statement without deleted rows.

    It is made once, so that SQLAlchemy recognizes it quickly when it comes again.
    """
    found = _living.get(statement)
    if found is None:
        found = _living[statement] = statement.options(LIVING)
    return found
