"""What Alembic cannot know of rows that are there: asked on a terminal, else told in a comment."""

import sys

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column


class Note(ops.MigrateOperation):
    """A comment in a revision; the way back has none."""

    def __init__(self, says: str) -> None:
        self.says = says

    def reverse(self) -> "Note":
        return Note("")


@renderers.dispatch_for(Note)
def _render(_: AutogenContext, note: Note) -> list[str]:
    return [f"# {note.says}"] if note.says else []


class Rename(ops.AlterColumnOp):
    """A new name of a column; Alembic's own operation forgets it on the way back."""

    def reverse(self) -> "Rename":
        back = Rename(self.table_name, str(self.modify_name), schema=self.schema)
        back.modify_name, back.existing_type = self.column_name, self.existing_type
        back.existing_nullable = self.existing_nullable
        back.existing_server_default = self.existing_server_default
        return back


def note_what_loses_rows(context: MigrationContext, steps: ops.UpgradeOps) -> None:
    """Offer a rename where a column went and one like it came; tell of tables too."""
    for table in [one for one in steps.ops if isinstance(one, ops.ModifyTableOps)]:
        for new in [one for one in table.ops if isinstance(one, ops.AddColumnOp)]:
            _of_column(context, table, new)
    gone = [one for one in steps.ops if isinstance(one, ops.DropTableOp)]
    for created in [one for one in steps.ops if isinstance(one, ops.CreateTableOp)]:
        for old in gone:
            if old.to_table().columns.keys() == created.to_table().columns.keys():
                says = f"If this is {old.table_name} renamed, its rows are lost here"
                instead = f'op.rename_table("{old.table_name}", "{created.table_name}")'
                steps.ops.insert(steps.ops.index(created), Note(f"{says}: {instead}"))


def _of_column(context: MigrationContext, table: ops.ModifyTableOps, new: ops.AddColumnOp) -> None:
    column, place, notes = new.column, table.ops.index(new), list[ops.MigrateOperation]()
    for old in [one for one in table.ops if isinstance(one, ops.DropColumnOp)]:
        was = old.to_column()
        if was.nullable != column.nullable or context.impl.compare_type(was, column):
            continue
        if _agreed(f"Is {table.table_name}.{column.name} {was.name} renamed?"):
            table.ops[place] = _renamed(table, was, column.name)
            table.ops.remove(old)
            return
        says = f"If this is {was.name} renamed, its values are lost here"
        instead = f'alter_column("{was.name}", new_column_name="{column.name}")'
        notes.append(Note(f"{says}: {instead}"))
    if not column.nullable and column.server_default is None:
        says = "Rows that are there have no value: give a server_default, or fill it first"
        notes.append(Note(says))
    table.ops[place:place] = notes


def _agreed(question: str) -> bool:
    asked = sys.stdin.isatty() and sys.stdout.isatty()
    return asked and input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _renamed(table: ops.ModifyTableOps, was: Column[object], name: str) -> Rename:
    return Rename(
        table.table_name,
        was.name,
        schema=table.schema,
        modify_name=name,
        existing_type=was.type,
        existing_nullable=was.nullable,
        existing_server_default=was.server_default,
    )
