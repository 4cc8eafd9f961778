"""Who holds a connection: since when, opened by which line, and for which statement."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from greenlet import getcurrent  # type: ignore[import-untyped]  # it has none
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

logger = logging.getLogger(__name__)
DATA_LAYER = Path(__file__).parent
APPLICATION = DATA_LAYER.parent
SHOWN = 200  # characters of a statement


@dataclass
class Statements:
    """How many statements were sent, and for how long they ran: engine.py counts."""

    count: int = 0
    seconds: float = 0


# Those of the present request.
statements: ContextVar[Statements | None] = ContextVar("statements", default=None)


@dataclass(eq=False)
class Holder:
    """A unit of work that holds a connection."""

    opener: str
    statement: str = "no statement"
    began: float = field(default_factory=time.monotonic)
    context: Context = field(default_factory=copy_context)  # its lines have its fields
    reported: bool = False

    @property
    def age(self) -> float:
        return time.monotonic() - self.began

    def __str__(self) -> str:
        text = " ".join(self.statement[:SHOWN].split())
        return f"{self.opener} holds a connection for {self.age:.1f} s, last: {text}"


_holders: dict[ConnectionPoolEntry, Holder] = {}


def watch_connections(engine: Engine) -> None:
    """Note who holds each connection of the engine, as `info["holder"]`."""
    event.listen(engine, "checkout", _check_out)
    event.listen(engine, "checkin", _check_in)


@contextmanager
def report_slow_transactions(seconds: float) -> Iterator[None]:
    """Log, once, each connection that is held for so long, while it is."""
    ended = Event()

    def report() -> None:
        while not ended.wait(min(seconds / 2, 1)):
            for holder in list(_holders.values()):
                if holder.age >= seconds and not holder.reported:
                    holder.reported = True
                    holder.context.run(logger.warning, "slow transaction: %s", holder)

    # A thread: an event loop that is blocked would not tell.
    Thread(target=report, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def log_holders() -> None:
    """Log who holds the connections, the longest first."""
    holders = sorted(_holders.values(), key=lambda holder: holder.began)
    lines = "\n".join(map(str, holders))
    logger.warning("every connection to the database is in use:\n%s", lines)


def application_line() -> str:
    """Return file and line of the application's innermost function that is running."""
    for frame in _stack():
        path = frame.f_code.co_filename
        if path.startswith(f"{APPLICATION}/") and not path.startswith(f"{DATA_LAYER}/"):
            return f"{path.removeprefix(f'{APPLICATION}/')}:{frame.f_lineno}"
    return "somebody"


def _stack() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe()
    # SQLAlchemy runs in a greenlet; what awaits it, in the parent.
    greenlet = getcurrent()
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and greenlet.parent is not None:
            greenlet = greenlet.parent
            frame = greenlet.gr_frame


def _check_out(
    _: DBAPIConnection, record: ConnectionPoolEntry, __: PoolProxiedConnection
) -> None:
    record.info["holder"] = _holders[record] = Holder(application_line())


def _check_in(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    _holders.pop(record, None)
