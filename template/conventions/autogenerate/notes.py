"""What Alembic cannot know of rows that are there: asked on a terminal, else told in a comment."""

import sys

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.rewriter import Rewriter
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column

tell_what_loses_rows = Rewriter()


class Note(ops.MigrateOperation):
    """A comment in a revision; the way back has none."""

    def __init__(self, says: str) -> None:
        self.says = says

    def reverse(self) -> "Note":
        return Note("")


@renderers.dispatch_for(Note)
def _render(_: AutogenContext, note: Note) -> list[str]:
    return [f"# {note.says}"] if note.says else []


@tell_what_loses_rows.rewrites(ops.UpgradeOps)
def _of_tables(_: MigrationContext, __: object, steps: ops.UpgradeOps) -> ops.UpgradeOps:
    """Tell where a table came with the columns of one that went."""
    gone = [one for one in steps.ops if isinstance(one, ops.DropTableOp)]
    for new in [one for one in steps.ops if isinstance(one, ops.CreateTableOp)]:
        for old in gone:
            if old.to_table().columns.keys() == new.to_table().columns.keys():
                names = f'"{old.table_name}", "{new.table_name}"'
                says = f"Its rows are lost if this is a new name: op.rename_table({names})."
                steps.ops.insert(steps.ops.index(new), Note(says))
    return steps


@tell_what_loses_rows.rewrites(ops.ModifyTableOps)
def _of_columns(context: MigrationContext, _: object, table: ops.ModifyTableOps) -> object:
    """Offer a rename where a column went and one like it came; tell what has no value."""
    gone = [one for one in table.ops if isinstance(one, ops.DropColumnOp)]
    for new in [one for one in table.ops if isinstance(one, ops.AddColumnOp)]:
        place, column = table.ops.index(new), new.column
        for old in [one for one in gone if _alike(context, one.to_column(), column)]:
            names = f'"{old.column_name}", new_column_name="{column.name}"'
            if _agreed(f"{table.table_name}: is {column.name} a new name of {old.column_name}?"):
                gone.remove(old)
                table.ops.remove(old)
                table.ops[table.ops.index(new)] = _rename(old, new)
                break
            says = f"Its values are lost if this is a new name: alter_column({names})."
            table.ops.insert(place, Note(says))
        else:
            if not column.nullable and column.server_default is None:
                says = "The rows that are there have no value: give a server_default, or fill it first."
                table.ops.insert(place, Note(says))
    return table


def _alike(context: MigrationContext, old: Column[object], new: Column[object]) -> bool:
    return old.nullable == new.nullable and not context.impl.compare_type(old, new)


def _agreed(question: str) -> bool:
    asked = sys.stdin.isatty() and sys.stdout.isatty()
    return asked and input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _rename(old: ops.DropColumnOp, new: ops.AddColumnOp) -> ops.AlterColumnOp:
    was = old.to_column()
    return ops.AlterColumnOp(
        new.table_name,
        old.column_name,
        schema=new.schema,
        modify_name=new.column.name,
        existing_type=was.type,
        existing_nullable=was.nullable,
        existing_server_default=was.server_default,
    )
