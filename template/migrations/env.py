{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Runs the migrations, with the application's own settings and models."""

import asyncio
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database.base import Base
from {{ package_name }}.database.engine import build_engine
from {{ package_name }}.database.types import UTCDateTime
from {{ package_name }}.settings import load_settings

settings = load_settings()


def plain_type(
    kind: str, item: object, autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our types into revisions as SQLAlchemy's: a revision stands alone."""
    if kind != "type" or not isinstance(item, UTCDateTime):
        return False
{% if mysql %}
    autogenerate.imports.add("from sqlalchemy.dialects import mysql")
    return "mysql.DATETIME(fsp=6)"
{% endif %}
{% if postgresql %}
    return "sa.DateTime(timezone=True)"
{% endif %}
{% if sqlite %}
    return "sa.DateTime()"
{% endif %}


def migrate(connection: Connection) -> None:
    """Run what Alembic was asked for."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        render_item=plain_type,
{% if sqlite %}
        render_as_batch=True,
{% endif %}
        transaction_per_migration=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "alembic.ext.checkconstraint_byname",
        ],
    )
    with context.begin_transaction():
        context.run_migrations()


def print_sql() -> None:
    """Print the statements (`--sql`)."""
    context.configure(
        url=settings.database_url,
        target_metadata=Base.metadata,
        literal_binds=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_database() -> None:
    """Connect, migrate, close."""
    engine = build_engine(settings)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    print_sql()
else:
    asyncio.run(migrate_database())
{% endcall %}
