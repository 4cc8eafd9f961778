{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Runs the migrations, with the application's own settings and models."""

import asyncio
import logging
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import {{ package_name }}.main  # noqa: F401 (every model of the application)
from {{ package_name }}.database.base import Base
from {{ package_name }}.database.errors import StorageError
from {{ package_name }}.database.migrating import (
{% if mysql %}
    comparing,
    halfway,
{% endif %}
    locking,
{% if sqlite %}
    rebuild,
{% endif %}
    revisions,
)
from {{ package_name }}.database.migrating.engine import (
    build_migration_engine,
)
from {{ package_name }}.database.translation import own_errors
from {{ package_name }}.settings import load_settings

settings = load_settings()
logging.basicConfig(format="%(message)s")
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)


def run(**target: Any) -> None:
    """Do what Alembic was asked for."""
    context.configure(
        **target,
        target_metadata=Base.metadata,
        compare_type={{ 'comparing.type_differs' if mysql else 'True' }},
        compare_server_default=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "alembic.ext.checkconstraint_byname",
        ],
        render_item=revisions.plain_type,
        process_revision_directives=revisions.tidy,
        transaction_per_migration=True,
{% if sqlite %}
        transactional_ddl=True,
        render_as_batch=True,
        on_version_apply=rebuild.check_references,
{% endif %}
{% if mysql %}
        on_version_apply=halfway.forget,
{% endif %}
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: Connection) -> None:
    """Migrate by a connection; while another process does, wait."""
    with locking.turn_to_migrate(connection, settings.database_migration_wait):
{% if mysql %}
        resume = "resume" in context.get_x_argument(as_dictionary=True)
        halfway.Journal(connection, context.script, resume=resume)
{% endif %}
        run(connection=connection)


async def migrate_database() -> None:
    """Connect, migrate, close."""
    engine = build_migration_engine(settings)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)


def migrate_or_say_why_not() -> None:
    """Migrate; what the database refuses ends the command, without a traceback."""
    try:
        with own_errors():
            asyncio.run(migrate_database())
    except StorageError as error:
        detail = f" ({error.__cause__})" if error.__cause__ else ""
        raise CommandError(f"{error}{detail}") from error
    except DBAPIError as error:
        raise CommandError(str(error)) from error


if context.is_offline_mode():
    run(
        url=settings.database_url,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
else:
    migrate_or_say_why_not()
{% endcall %}
