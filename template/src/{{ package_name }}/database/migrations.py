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
{% if is_async %}
from sqlalchemy import NullPool, inspect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
{% else %}
from sqlalchemy import Engine, NullPool, create_engine, inspect
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
    seconds = config.database_migration_timeout
    changes = {
        "database_url": config.database_migration_url or config.database_url,
        "database_statement_timeout": seconds,
        "database_idle_timeout": seconds,
    }
    config = config.model_copy(update=changes)
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


{% if squashes %}
def refuse_squashed(migration: MigrationContext) -> None:
    """End the program when the schema is before revisions that were squashed.

    Alembic would say no more than that it cannot locate the old revision.
    """
    current = set(migration.get_current_heads())
    for script in context.script.walk_revisions():
        for old in current.intersection(getattr(script.module, "replaces", ())):
            raise SystemExit(
                f"the schema is at {old}, which was squashed into {script.revision}: "
                "upgrade it first by the version of this project before that"
            )


{% endif %}
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
