"""Changes of tables that are there, with algorithm and lock: the server refuses what would wait."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from alembic.operations import Operations, ops
from alembic.runtime.migration import MigrationContext

from ..models.mapped import base
from .splitting import Step

INSTANT, ONLINE = "ALGORITHM=INSTANT", "ALGORITHM=INPLACE, LOCK=NONE"


def steps(change: ops.MigrateOperation, on_new_table: bool) -> Iterator[Step]:
    """Yield the change. The gate refuses those that no server makes beside writers."""
    if isinstance(change, ops.AlterColumnOp) and change.modify_type is None:
        # That of the database lacks the collation where it is the default of this one.
        change.existing_type = _model_type(change)
    if on_new_table or isinstance(change, ops.DropTableOp):
        yield Step([change], [change.reverse()])
    else:
        yield Step([_stated(change)], [_stated(change.reverse())], alone=True)


def _stated(change: ops.MigrateOperation) -> ops.MigrateOperation:
    match change:
        case ops.AddColumnOp(column=column) if column.computed is None:
            how = INSTANT
        case ops.DropColumnOp():
            how = INSTANT
        case ops.AlterColumnOp(modify_type=None, modify_nullable=None, modify_comment=False):
            how = INSTANT
        case ops.AlterColumnOp(modify_type=None):
            how = ONLINE
        case ops.CreateUniqueConstraintOp() | ops.DropConstraintOp(constraint_type="unique"):
            how = ONLINE
        case ops.CreateIndexOp() | ops.DropIndexOp():
            how = ONLINE
        case _:
            return change
    # MariaDB knows no lock in DROP INDEX.
    statement = re.sub("DROP INDEX (.+) ON (.+)", r"ALTER TABLE \2 DROP INDEX \1", _sql(change))
    if statement.startswith("ALTER"):
        return ops.ExecuteSQLOp(f"{statement}, {how}")
    return ops.ExecuteSQLOp(f"{statement} {how.replace(',', '')}")


def _model_type(change: ops.AlterColumnOp) -> Any:
    name = f"{change.schema}.{change.table_name}" if change.schema else change.table_name
    columns = {one.name: one for one in base().metadata.tables[name].columns}
    return columns[change.modify_name or change.column_name].type


def _sql(change: ops.MigrateOperation) -> str:
    """Return the statement of a change; indexes of a new column are changes of their own."""
    printed = io.StringIO()
    logging.disable(logging.INFO)  # what Alembic tells of a context that only prints
    opts = {"as_sql": True, "output_buffer": printed}
    context = MigrationContext.configure(dialect_name="mysql", opts=opts)
    logging.disable(logging.NOTSET)
    Operations(context).invoke(change)
    return printed.getvalue().partition(";\n")[0]
