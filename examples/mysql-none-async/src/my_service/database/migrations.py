"""Migrations: the engine that they use, and how Alembic writes revisions."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import (
    DropTableOp,
    MigrationScript,
    ModifyTableOps,
    OpContainer,
    UpgradeOps,
)
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, inspect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from .config import DatabaseConfig
from .mysql.connection import configure, connect_args
from .mysql.types import TIMESTAMP_SOURCE
from .translation import translate_errors
from .types import EnumByValue, UTCDateTime


def build_migration_engine(config: DatabaseConfig) -> AsyncEngine:
    """Build the engine of a migration, which keeps no connection."""
    # A statement may take long, but not wait for a lock for long: all others queue up.
    seconds = config.database_migration_timeout
    changes = {
        "database_url": config.database_migration_url or config.database_url,
        "database_statement_timeout": seconds,
        "database_idle_timeout": seconds,
    }
    config = config.model_copy(update=changes)
    engine = create_async_engine(
        config.database_url,
        connect_args=connect_args(config),
        poolclass=NullPool,
        echo=config.database_echo,
        hide_parameters=not config.database_echo,
    )
    configure(engine.sync_engine, config)
    translate_errors(engine.sync_engine)
    return engine


def render_type(
    kind: str, item: object, autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our types into revisions as SQLAlchemy's: a revision stands alone."""
    if kind == "type" and isinstance(item, UTCDateTime):
        autogenerate.imports.add("from sqlalchemy.dialects import mysql")
        return TIMESTAMP_SOURCE
    if kind == "type" and isinstance(item, EnumByValue):
        return "sa.String(length=32)"
    return False


def tidy_revision(
    migration: MigrationContext, _: object, scripts: list[MigrationScript]
) -> None:
    """Make no empty revision; drop tables in an order that foreign keys allow."""
    [upgrade], [downgrade] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    _sort_drops(upgrade, migration)
    upgrade.reverse_into(downgrade)
    for steps in (upgrade, downgrade):
        _drop_indexes_with_their_table(steps)
    # `alembic check` calls this too, and reports by itself.
    revision_wanted = getattr(context.config.cmd_opts, "autogenerate", False)
    if revision_wanted and upgrade.is_empty():
        scripts.clear()
        context.config.print_stdout("The models have not changed: no revision is made.")


def _sort_drops(steps: UpgradeOps, migration: MigrationContext) -> None:
    """Drop tables last, and each of them after those that refer to it."""
    drops = [step for step in steps.ops if isinstance(step, DropTableOp)]
    if not drops or migration.connection is None:
        return
    inspector = inspect(migration.connection)
    ordered = inspector.sort_tables_on_foreign_key_dependency(
        {step.schema for step in drops}
    )
    place = {table: number for number, (table, _) in enumerate(ordered)}
    drops.sort(key=lambda step: place[step.schema, step.table_name], reverse=True)
    others = [step for step in steps.ops if not isinstance(step, DropTableOp)]
    steps.ops = [*others, *drops]


def _drop_indexes_with_their_table(steps: OpContainer) -> None:
    """Leave out what is done to a table that is dropped: a foreign key may need its indexes."""
    dropped = {
        (step.schema, step.table_name)
        for step in steps.ops
        if isinstance(step, DropTableOp)
    }
    steps.ops = [
        step
        for step in steps.ops
        if not isinstance(step, ModifyTableOps)
        or (step.schema, step.table_name) not in dropped
    ]
