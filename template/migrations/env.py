{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Runs the migrations, with the application's own settings and models."""

import asyncio
import logging
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from sqlalchemy import Connection

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database.base import Base
from {{ package_name }}.database.engine import build_engine
from {{ package_name }}.database.errors import StorageError
{% if sqlite %}
from {{ package_name }}.database.rebuild import (
    check_references,
    suspend_foreign_keys,
)
{% endif %}
from {{ package_name }}.database.{{ database }} import PLAIN_MOMENT
from {{ package_name }}.database.translation import own_errors
from {{ package_name }}.database.types import UTCDateTime
from {{ package_name }}.settings import load_settings

settings = load_settings()
logging.basicConfig(format="%(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)


def plain_type(
    kind: str, item: object, autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our types into revisions as SQLAlchemy's: a revision stands alone."""
    if kind != "type" or not isinstance(item, UTCDateTime):
        return False
{% if mysql %}
    autogenerate.imports.add("from sqlalchemy.dialects import mysql")
{% endif %}
    return PLAIN_MOMENT


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
        on_version_apply=check_references,
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
{% if sqlite %}
    suspend_foreign_keys(engine.sync_engine)
{% endif %}
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


def migrate_or_say_why_not() -> None:
    """Migrate; what the database refuses ends the command, without a traceback."""
    try:
        with own_errors():
            asyncio.run(migrate_database())
    except StorageError as error:
        detail = f" ({error.__cause__})" if error.__cause__ else ""
        raise CommandError(f"{error}{detail}") from error


if context.is_offline_mode():
    print_sql()
else:
    migrate_or_say_why_not()
{% endcall %}
