"""The engine: the one pool of connections of this process."""

import logging
import time
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event

from .activity import statements, watch_connections
from .config import DatabaseConfig
from .sqlite.connection import configure, connect_args
from .translation import translate_errors

logger = logging.getLogger(__name__)
LOGGED = 1000  # characters of a slow statement
_began: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


class SharedSessionError(RuntimeError):
    """A statement was sent while another one of the same session was not yet done."""


def build_engine(config: DatabaseConfig) -> Engine:
    """Build the engine. Nothing connects before the first statement."""
    engine = create_engine(
        config.database_url,
        connect_args=connect_args(config),
        pool_pre_ping=True,
        pool_size=config.database_pool_size,
        max_overflow=config.database_max_overflow,
        pool_timeout=config.database_pool_timeout,
        pool_recycle=config.database_pool_recycle,
        # The connection used last is used first, so that spare ones grow old and close.
        pool_use_lifo=True,
        echo=config.database_echo,
        hide_parameters=not config.database_echo,
    )
    watch_connections(engine)
    watch_statements(engine, config.database_slow_statement)
    configure(engine, config)
    translate_errors(engine)
    return engine


def watch_statements(engine: Engine, slow: float) -> None:
    """Log statements that take `slow` seconds, without parameters; refuse two at once."""

    def end(connection: Connection, _: object, statement: str, *__: object) -> None:
        now = time.perf_counter()
        seconds = now - _began.pop(connection, now)
        if sent := statements.get():
            sent.count += 1
            sent.seconds += seconds
        if seconds >= slow:
            text = " ".join(statement[:LOGGED].split())
            logger.warning("slow statement, %.3f s: %s", seconds, text)

    event.listen(engine, "before_cursor_execute", _begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", _fail)


def _begin(
    connection: Connection, cursor: object, statement: str, *arguments: Any
) -> None:
    # How SQLAlchemy checks for a table; when there is none, `_fail` is not called.
    context = arguments[1]
    if context.execution_options.get("skip_user_error_events"):
        return
    if connection in _began:
        raise SharedSessionError("S04: two statements use one session at once")
    if holder := connection.info.get("holder"):
        holder.statement = statement
    _began[connection] = time.perf_counter()


def _fail(context: ExceptionContext) -> None:
    shared = isinstance(context.original_exception, SharedSessionError)
    if context.connection is not None and not shared:
        _began.pop(context.connection, None)
