{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The fastest ways to write many rows: the driver puts them into one statement."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    case,
    inspect,
    or_,
    select,
)
from sqlalchemy.dialects.mysql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..base import Base
from ..rows import (
    Encoder,
    RowValues,
    Upserted,
    implicit_updates,
    rows_like,
    rows_with_keys,
    table_of,
)
from .locking import lock_rows

Model = TypeVar("Model", bound=Base)


async def insert_rows(
    session: AsyncSession,
    table: Table,
    rows: Sequence[RowValues],
) -> None:
    """Insert rows that have the same columns."""
    await _send(session, table, insert(table), rows)


async def insert_returning_models(
    session: AsyncSession, model: type[Model], rows: Sequence[RowValues]
) -> list[Model]:
    """Insert rows and return them as models, in their order.

    MySQL tells the key of one row only: each takes a statement of its own.
    """
    keys: list[Any] = []
    for row in rows:
        result = await session.execute(insert(model).values(row))
        keys.append(cast("CursorResult[Any]", result).inserted_primary_key)
    values = [key[0] if len(key) == 1 else tuple(key) for key in keys]
    wanted = rows_with_keys(inspect(model).primary_key, values)
    models = await session.scalars(select(model).where(wanted))
    inserted = {inspect(model).identity: model for model in models}
    return [inserted[tuple(key)] for key in keys]


async def upsert_rows(
    session: AsyncSession,
    model: type[Base],
    rows: Sequence[RowValues],
    *,
    key: Sequence[str],
    update: Sequence[str],
) -> Upserted:
    """Insert rows, or update those whose `key` is there already and that differ.

    Raises ValueError if the rows have all columns of another unique key.
    """
    table = table_of(model)
    _refuse_other_keys(table, key, rows[0].keys())
    there = len(await lock_rows(session, model, rows_like(model, rows, key)))
    sent = await _send(session, table, _or_update(model, key, update), rows)
    # MySQL counts a row twice that it changes, and once any other.
    return Upserted(len(rows) - there, sent - len(rows))


def _refuse_other_keys(
    table: Table, key: Collection[str], given: Collection[str]
) -> None:
    # MySQL would update the rows that these find, too.
    for item in (*table.constraints, *(i for i in table.indexes if i.unique)):
        if isinstance(item, PrimaryKeyConstraint | UniqueConstraint | Index):
            names = {column.key for column in item.columns if not column.computed}
            if names != set(key) and names <= set(given):
                raise ValueError(f"leave out {', '.join(names)}: that is unique too")


def _or_update(model: type[Base], key: Sequence[str], update: Sequence[str]) -> Insert:
    table, statement = table_of(model), insert(table_of(model))
    new = statement.inserted
    if not update:
        return statement.on_duplicate_key_update({name: new[name] for name in key})
    differs = or_(*(table.columns[name].is_distinct_from(new[name]) for name in update))
    # In this order: MySQL already sees a column changed after its assignment.
    changes: list[tuple[str, ColumnElement[Any]]] = [
        (name, case((differs, change), else_=table.columns[name]))
        for name, change in implicit_updates(model, update).items()
    ]
    changes += [(name, new[name]) for name in update]
    return statement.on_duplicate_key_update(changes)


async def _send(
    session: AsyncSession, table: Table, statement: Insert, rows: Sequence[RowValues]
) -> int:
    connection = await session.connection()
    encode = Encoder(table, rows[0].keys(), connection.dialect)
    names = [column.key for column in encode.columns]
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    values = list(map(encode, rows))
    # waive: Q10 (SQLAlchemy has compiled it)
    result = await connection.exec_driver_sql(str(compiled), values)
    return result.rowcount
{% endcall %}
