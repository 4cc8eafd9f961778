"""Watching the statements of an engine: which are slow, which come at the same time."""

import logging
import time
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event

logger = logging.getLogger(__name__)


class SharedSessionError(RuntimeError):
    """A statement was sent while another one of the same session was not yet done."""


def watch_statements(engine: Engine, slow: float) -> None:
    """Warn of each that takes `slow` seconds, without its parameters; refuse two at once."""

    def begin(connection: Connection, *arguments: Any) -> None:
        # The question whether a table is there may fail, and `fail` is not told of it.
        if arguments[3].execution_options.get("skip_user_error_events"):
            return
        if "began" in connection.info:
            raise SharedSessionError("S04: two {{ 'tasks' if is_async else 'threads' }} use one session at once")
        connection.info["began"] = time.perf_counter()

    def end(connection: Connection, _: object, statement: str, *__: object) -> None:
        now = time.perf_counter()
        taken = now - connection.info.pop("began", now)
        if taken >= slow:
            logger.warning("%.3f s: %s", taken, " ".join(statement.split()))

    def fail(context: ExceptionContext) -> None:
        if context.connection is None or context.connection.invalidated:
            return
        if not isinstance(context.original_exception, SharedSessionError):
            context.connection.info.pop("began", None)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
