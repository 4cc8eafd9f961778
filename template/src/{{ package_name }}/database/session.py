"""Sessions: one, in one transaction, for each unit of work."""

{% if is_async %}
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
{% else %}
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    async with sessions(execution_options={"read_only": read_only}) as session:
{% else %}
async def unit_of_work(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Give one session: committed at the end, rolled back when the body raises.

    Raises the errors of errors.py in place of the driver's.
    """
    async with sessions() as session:
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
{% endcall %}


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
