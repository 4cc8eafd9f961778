"""Runs the migrations, with the application's own settings and models."""

import logging
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

import my_service.main  # noqa: F401 (every model of the application)
from my_service.database import (
    Base,
    StorageError,
    migrations,
)
from my_service.database.sqlite import rebuild
from my_service.database.sqlite.connection import (
    migration_lock,
)
from my_service.logs import configure
from my_service.settings import load_settings

settings = load_settings()
configure(settings)
logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)


def write_revision(*given: Any) -> None:
    """Change what `alembic revision --autogenerate` is about to write."""
    # `alembic check` calls this too; an image for production has no conventions.
    if getattr(context.config.cmd_opts, "autogenerate", False):
        from conventions import autogenerate

        autogenerate.write(*given, tidy=migrations.tidy_revision)


def run(**target: Any) -> None:
    """Run the revisions that the command asks for."""
    context.configure(
        **target,
        target_metadata=Base.metadata,
        compare_server_default=True,
        autogenerate_plugins=[
            "alembic.autogenerate.*",
            "alembic.ext.checkconstraint_byname",
        ],
        render_item=migrations.render_type,
        process_revision_directives=write_revision,
        transaction_per_migration=True,
        compare_type=True,
        transactional_ddl=True,
        render_as_batch=True,
        on_version_apply=rebuild.check_references,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate(connection: Connection) -> None:
    """Migrate over a connection, after any other process that migrates."""
    with migration_lock(connection, settings):
        run(connection=connection)


def migrate_database() -> None:
    engine = migrations.build_migration_engine(settings)
    with engine.connect() as connection:
        migrate(connection)


def migrate_or_exit() -> None:
    """Migrate; report what the database refuses without a traceback."""
    try:
        migrate_database()
    except StorageError as error:
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        notes = "\n".join(["", *getattr(error, "__notes__", ())])
        raise CommandError(f"{error}{cause}{notes}") from error
    except DBAPIError as error:
        raise CommandError(str(error)) from error


if context.is_offline_mode():
    run(
        url=settings.database_url,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )
else:
    migrate_or_exit()
