"""The connection of a migration."""

{% if is_async %}
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, NullPool, create_engine
{% endif %}

from ..config import DatabaseConfig
from ..{{ database }} import connect_args, {{ 'take_over_transactions' if sqlite else 'notice_silence' }}
{% if sqlite %}
from .rebuild import suspend_foreign_keys
{% endif %}

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

def build_migration_engine(config: DatabaseConfig) -> AsyncEngine:
    """Build the engine of a migration, which keeps no connection."""
{% if not sqlite %}
    # A statement may take long, but not wait for a lock for long: all others queue behind it.
    config = config.model_copy(
        update={"database_statement_timeout": config.database_migration_timeout},
    )
{% endif %}
    engine = create_async_engine(
        config.database_url,
        connect_args=connect_args(config),
        poolclass=NullPool,
        echo=config.database_echo,
        hide_parameters=not config.database_echo,
    )
{% if sqlite %}
    take_over_transactions(engine.sync_engine)
    suspend_foreign_keys(engine.sync_engine)
{% else %}
    notice_silence(engine.sync_engine, config)
{% endif %}
    return engine
{% endcall %}
