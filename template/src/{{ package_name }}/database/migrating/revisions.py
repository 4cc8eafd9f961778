"""How Alembic writes revisions."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DropTableOp, MigrationScript, ModifyTableOps

from ..{{ database }} import PLAIN_MOMENT
from ..types import EnumByValue, UTCDateTime


def plain_type(
    kind: str, item: object, autogenerate: AutogenContext
) -> str | Literal[False]:
    """Write our types into revisions as SQLAlchemy's: a revision stands alone."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return PLAIN_MOMENT
    if kind == "type" and isinstance(item, EnumByValue):
        return "sa.String(length=32)"
    return False


def tidy(_: object, __: object, scripts: list[MigrationScript]) -> None:
    """Make no revision of nothing; drop indexes with their table, not before.

    A foreign key may need them as long as the table is there.
    """
    [upgrade], [downgrade] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    steps = downgrade.ops
    dropped = {step.table_name for step in steps if isinstance(step, DropTableOp)}
    downgrade.ops = [
        step
        for step in steps
        if not isinstance(step, ModifyTableOps) or step.table_name not in dropped
    ]
    # `alembic check` asks too, and counts by itself.
    revision_wanted = getattr(context.config.cmd_opts, "autogenerate", False)
    if revision_wanted and upgrade.is_empty():
        scripts.clear()
        context.config.print_stdout("The models have not changed: no revision is made.")
