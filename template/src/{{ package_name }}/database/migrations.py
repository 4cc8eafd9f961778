"""Migrations: the engine that they use, and how Alembic writes our types."""

from typing import Literal

from alembic.autogenerate.api import AutogenContext
{% if is_async %}
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, NullPool, create_engine
{% endif %}

from .config import DatabaseConfig
from .{{ database }}.connection import configure, connect_args
{% if sqlite %}
from .sqlite.rebuild import suspend_foreign_keys
{% endif %}
from .{{ database }}.types import TIMESTAMP_SOURCE
from .translation import translate_errors
from .types import EnumByValue, UTCDateTime

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

def build_migration_engine(config: DatabaseConfig) -> AsyncEngine:
    """Build the engine of a migration, which keeps no connection."""
{% if not sqlite %}
    # A statement may take long, but not wait for a lock for long: all others queue up.
    config = config.model_copy(
        update={"database_statement_timeout": config.database_migration_timeout}
    )
{% endif %}
    engine = create_async_engine(
        config.database_url,
        connect_args=connect_args(config),
        poolclass=NullPool,
        echo=config.database_echo,
        hide_parameters=not config.database_echo,
    )
    configure(engine.sync_engine, config)
{% if sqlite %}
    suspend_foreign_keys(engine.sync_engine)
{% endif %}
    translate_errors(engine.sync_engine)
    return engine
{% endcall %}


def render_type(
    kind: str, item: object, autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our types into revisions as SQLAlchemy's: a revision stands alone."""
    if kind == "type" and isinstance(item, UTCDateTime):
{% if mysql %}
        autogenerate.imports.add("from sqlalchemy.dialects import mysql")
{% endif %}
        return TIMESTAMP_SOURCE
    if kind == "type" and isinstance(item, EnumByValue):
        return "sa.String(length=32)"
    return False
