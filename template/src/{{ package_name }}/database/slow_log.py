"""Slow statements, in the log."""

import logging
import time
from typing import Any

from sqlalchemy import Connection, Engine, event

logger = logging.getLogger(__name__)


def log_slow_statements(engine: Engine, seconds: float) -> None:
    """Warn of each statement that takes at least `seconds`; never of its parameters."""

    def begin(connection: Connection, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def end(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        taken = time.perf_counter() - connection.info["began"]
        if taken >= seconds:
            logger.warning("%.3f s: %s", taken, " ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
