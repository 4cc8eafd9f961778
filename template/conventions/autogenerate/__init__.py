"""What `alembic revision --autogenerate` writes: what the gate lets pass, as far as it can be."""

from importlib import import_module

from alembic import context
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from ..project import project
from .notes import note_what_loses_rows


def write(
    migration: MigrationContext, revision: object, scripts: list[ops.MigrationScript]
) -> None:
    """Offer renames, and write each change as it locks nobody out; make no empty revision."""
    [upgrade], [downgrade] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    note_what_loses_rows(migration, upgrade)
    _sort_drops(upgrade, migration)
    upgrade.reverse_into(downgrade)
    for steps in (upgrade, downgrade):
        _drop_indexes_with_their_table(steps)
    if upgrade.is_empty():
        scripts.clear()
        context.config.print_stdout("The models have not changed: no revision is made.")
    elif project().database != "sqlite":  # where one writes at a time anyway
        steps_of = import_module(f".{project().database}", __package__).steps
        import_module(".splitting", __package__).split(scripts, steps_of)


def _sort_drops(steps: ops.UpgradeOps, migration: MigrationContext) -> None:
    """Drop tables last, and each of them after those that refer to it."""
    drops = [step for step in steps.ops if isinstance(step, ops.DropTableOp)]
    if not drops or migration.connection is None:
        return
    inspector = inspect(migration.connection)
    schemas = {step.schema for step in drops}
    ordered = inspector.sort_tables_on_foreign_key_dependency(schemas)
    place = {table: number for number, (table, _) in enumerate(ordered)}
    drops.sort(key=lambda step: place[step.schema, step.table_name], reverse=True)
    steps.ops = [*(step for step in steps.ops if step not in drops), *drops]


def _drop_indexes_with_their_table(steps: ops.OpContainer) -> None:
    """Leave out what is done to a table that is dropped: a foreign key may need its indexes."""
    drops = [step for step in steps.ops if isinstance(step, ops.DropTableOp)]
    dropped = {(step.schema, step.table_name) for step in drops}
    steps.ops = [
        step
        for step in steps.ops
        if not isinstance(step, ops.ModifyTableOps) or (step.schema, step.table_name) not in dropped
    ]
