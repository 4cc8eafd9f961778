"""Watching the statements of an engine: which are slow, which come at the same time."""

import logging
import time
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, ExceptionContext, event

logger = logging.getLogger(__name__)
SHOWN = 1000  # characters of a statement in the log
_began: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()


class SharedSessionError(RuntimeError):
    """A statement was sent while another one of the same session was not yet done."""


def watch_statements(engine: Engine, slow: float) -> None:
    """Warn of each that takes `slow` seconds, without its parameters; refuse two at once."""

    def begin(connection: Connection, *arguments: Any) -> None:
        # The question whether a table is there may fail, and `fail` is not told of it.
        if arguments[3].execution_options.get("skip_user_error_events"):
            return
        if connection in _began:
            raise SharedSessionError("S04: two {{ 'tasks' if is_async else 'threads' }} use one session at once")
        _began[connection] = time.perf_counter()

    def end(connection: Connection, _: object, statement: str, *__: object) -> None:
        now = time.perf_counter()
        taken = now - _began.pop(connection, now)
        if taken >= slow:
            logger.warning("%.3f s: %s", taken, " ".join(statement[:SHOWN].split()))

    def fail(context: ExceptionContext) -> None:
        shared = isinstance(context.original_exception, SharedSessionError)
        if context.connection is not None and not shared:
            _began.pop(context.connection, None)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
