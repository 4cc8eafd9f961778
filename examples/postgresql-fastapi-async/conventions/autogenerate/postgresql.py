"""Changes of tables that are there, as they lock nobody out; squawk finds those without a way."""

from collections.abc import Iterator
from copy import copy
from typing import Any

from alembic.operations import ops
from sqlalchemy import make_url
from sqlalchemy.sql.elements import conv

from .splitting import Autocommit, Step

Validated = ops.CreateCheckConstraintOp | ops.CreateForeignKeyOp
NAMES = make_url("postgresql://").get_dialect()().identifier_preparer


def steps(change: Any, on_new_table: bool) -> Iterator[Step]:
    """Yield what is done in place of a change, in order."""
    match change:
        case _ if on_new_table:
            yield Step([change], [change.reverse()])
        case ops.CreateIndexOp():
            create, drop = _index(change)
            yield Step([Autocommit(create)], [Autocommit(drop)], alone=True)
        case ops.DropIndexOp():
            create, drop = _index(change.reverse())
            yield Step([Autocommit(drop)], [Autocommit(create)], alone=True)
        case ops.CreateUniqueConstraintOp():
            name, columns = conv(str(change.constraint_name)), change.columns
            index = ops.CreateIndexOp(
                name, change.table_name, columns, schema=change.schema, unique=True
            )
            use = _alter(change, "ADD CONSTRAINT {0} UNIQUE USING INDEX {0}")
            yield Step([Autocommit(_index(index)[0]), use], [change.reverse()], alone=True)
        case ops.CreateForeignKeyOp() | ops.CreateCheckConstraintOp():
            yield from _validated(change)
        case ops.AlterColumnOp(modify_nullable=False):
            yield from _required(change)
        case _:
            yield Step([change], [change.reverse()])


def _index(create: ops.CreateIndexOp) -> tuple[list[ops.MigrateOperation], ...]:
    """Return how an index is made, after what a failed attempt left there; and how it is dropped."""
    create.kw["postgresql_concurrently"] = True
    left, drop = create.reverse(), create.reverse()
    left.if_exists = True
    return [left, create], [drop]


def _validated(create: Validated) -> Iterator[Step]:
    """Yield a constraint on what is written from now on, then on the rows that are there."""
    create.kw["postgresql_not_valid"] = True
    drop = create.reverse()
    yield Step([create], [drop])
    validate = _alter(create, "VALIDATE CONSTRAINT {0}")
    yield Step([validate], [drop, create], alone=True, last=True)


def _required(change: ops.AlterColumnOp) -> Iterator[Step]:
    """Yield NOT NULL by a CHECK: where one holds, the rows are not read under a lock."""
    table, column, schema = change.table_name, change.column_name, change.schema
    others, required = copy(change), ops.AlterColumnOp(table, column, schema=schema)
    others.modify_nullable = None
    required.modify_nullable, required.existing_nullable = False, True
    required.existing_type = change.modify_type or change.existing_type
    if others.has_changes():
        yield Step([others], [others.reverse()])
    name = conv(f"ck_{table}_{column}_not_null"[:63])
    check = ops.CreateCheckConstraintOp(
        name, table, f"{NAMES.quote(column)} IS NOT NULL", schema=schema
    )
    added, validated = _validated(check)
    yield added
    [validate] = validated.up
    yield Step([validate, required, *added.down], [check, required.reverse()], True, True)


def _alter(change: Any, does: str) -> ops.ExecuteSQLOp:
    table = NAMES.format_table(change.to_constraint().table)
    return ops.ExecuteSQLOp(
        f"ALTER TABLE {table} {does.format(NAMES.quote(change.constraint_name))}"
    )
