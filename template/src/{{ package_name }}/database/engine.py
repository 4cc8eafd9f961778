"""The engine: the one pool of connections of this process."""

{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, create_engine
{% endif %}

from .config import DatabaseConfig
from .{{ database }} import {{ 'connect_args, take_over_transactions' if sqlite else 'clarify_errors, connect_args, notice_silence' }}
from .watching import watch_statements

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
    clarify_errors(engine.sync_engine)
{% endif %}
    return engine
{% endcall %}
