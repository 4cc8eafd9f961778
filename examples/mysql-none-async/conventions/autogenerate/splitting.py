"""Several revisions of one, where one may not hold all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op
from alembic.operations import ops
from alembic.util import rev_id

from .notes import Note


@dataclass
class Step:
    """A change and the way back; it may need a revision of its own, behind the others."""

    up: list[ops.MigrateOperation]
    down: list[ops.MigrateOperation]
    alone: bool = False
    last: bool = False


# Yields what is done in place of a change, to a table that is new or not.
Steps = Callable[[ops.MigrateOperation, bool], Iterable[Step]]


class Autocommit(ops.OpContainer):
    """What runs outside of a transaction."""


@renderers.dispatch_for(Autocommit)
def _render_autocommit(context: AutogenContext, block: Autocommit) -> list[str]:
    lines = [line for one in block.ops for line in render_op(context, one)]
    return ["with op.get_context().autocommit_block():", *lines, ""]


def split(scripts: list[ops.MigrationScript], steps: Steps) -> None:
    """Write the changes of the first script as their steps, in as many scripts as they need."""
    [upgrade], [downgrade] = scripts[0].upgrade_ops_list, scripts[0].downgrade_ops_list
    parts = _parts(upgrade.ops, downgrade.ops, steps)
    for number, part in enumerate(parts, 1):
        if number > 1:
            following = ops.MigrationScript(
                rev_id(),
                upgrade := ops.UpgradeOps([], upgrade.upgrade_token),
                downgrade := ops.DowngradeOps([], downgrade.downgrade_token),
                message=f"{scripts[0].message or 'change'} {number} of {len(parts)}",
                head=scripts[-1].rev_id,
                version_path=scripts[0].version_path,
            )
            scripts.append(following)
        upgrade.ops, downgrade.ops = part.up, part.down


def _parts(
    changes: Iterable[ops.MigrateOperation], back: Iterable[ops.MigrateOperation], steps: Steps
) -> list[Step]:
    """Put into one revision what may be in one; the way back is in reverse."""
    flat, back = _flat(changes), _flat(back)
    new = {_table(one) for one in flat if isinstance(one, ops.CreateTableOp)}
    parts, last, notes = list[Step](), list[Step](), list[ops.MigrateOperation]()
    for change in flat:
        if isinstance(change, Note):
            notes.append(change)
            continue
        table = _table(change)
        for step in steps(change, table in new):
            step.up[:0], notes = notes, []
            if isinstance(change, ops.DropTableOp):
                step.down = [one for one in back if _table(one) == table]  # its indexes, too
            elif table in new and not isinstance(change, ops.CreateTableOp):
                step.down = []  # it goes with its table
            if step.last:
                last.append(step)
            elif parts and not (step.alone or parts[-1].alone):
                parts[-1].up += step.up
                parts[-1].down[:0] = step.down
            else:
                parts.append(step)
    return parts + last


def _flat(changes: Iterable[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    return [one for each in changes for one in getattr(each, "ops", [each])]


def _table(change: ops.MigrateOperation) -> str | None:
    return getattr(change, "source_table", getattr(change, "table_name", None))
