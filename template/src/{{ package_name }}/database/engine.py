"""The engine: the one pool of connections of this process."""

import logging
import time

{% if is_async %}
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
{% endif %}

from .config import DatabaseConfig
from .{{ database }} import connect_args, {{ 'take_over_transactions' if sqlite else 'notice_silence' }}

logger = logging.getLogger(__name__)


class SharedSessionError(RuntimeError):
    """A statement was sent while another one of the same session was not yet done."""

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

def build_engine(config: DatabaseConfig) -> AsyncEngine:
    """Build the engine. Nothing connects before the first statement."""
    engine = create_async_engine(
        config.database_url,
        connect_args=connect_args(config),
{% if mysql and not is_async %}
        # Many rows are sent as tuples.
        paramstyle="format",
{% endif %}
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
    watch_statements(engine.sync_engine, config.database_slow_statement)
{% if sqlite %}
    take_over_transactions(engine.sync_engine)
{% else %}
    notice_silence(engine.sync_engine, config)
{% endif %}
    return engine
{% endcall %}


def watch_statements(engine: Engine, slow: float) -> None:
    """Warn of each that takes `slow` seconds, without its parameters; refuse two at once."""

    def begin(connection: Connection, *_: object) -> None:
        if "began" in connection.info:
            raise SharedSessionError("S04: two tasks use one session at the same time")
        connection.info["began"] = time.perf_counter()

    def end(connection: Connection, _: object, statement: str, *__: object) -> None:
        taken = time.perf_counter() - connection.info.pop("began")
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
