{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The fastest ways to write many rows: one statement, prepared once for all of them."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from sqlalchemy import ColumnElement, Table, func, literal_column, or_, select, text
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from ..base import Base
from ..rows import Encoder, RowValues, Upserted, implicit_updates, rows_like, table_of
from ..soft_delete import SoftDelete

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
    """Insert rows and return them as models, in their order."""
    statement = insert(model).returning(model, sort_by_parameter_order=True)
    return list(await session.scalars(statement, rows))


async def upsert_rows(
    session: AsyncSession,
    model: type[Base],
    rows: Sequence[RowValues],
    *,
    key: Sequence[str],
    update: Collection[str],
) -> Upserted:
    """Insert rows, or update those whose `key` is there already and that differ."""
    table = table_of(model)
    number: ColumnElement[int] = literal_column("rowid")
    if any(column.key in rows[0] for column in table.primary_key):
        there = await _count(session, model, rows_like(model, rows, key))
        inserted = len(rows) - there
        written = await _send(session, table, _or_update(model, key, update), rows)
    else:
        # New rows get the next numbers, and nobody else writes meanwhile.
        last = await session.scalar(select(func.max(number)).select_from(table))
        written = await _send(session, table, _or_update(model, key, update), rows)
        inserted = await _count(session, model, number > (last or 0))
    return Upserted(inserted, written - inserted)


async def _count(
    session: AsyncSession,
    model: type[Base],
    criterion: ColumnElement[bool],
) -> int:
    statement = select(func.count()).select_from(model).where(criterion)
    return await session.scalar(statement) or 0


def _or_update(
    model: type[Base], key: Collection[str], update: Collection[str]
) -> Insert:
    table, statement = table_of(model), insert(table_of(model))
    where = text("deleted_at IS NULL") if issubclass(model, SoftDelete) else None
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key, index_where=where)
    stored, new = table.columns, statement.excluded
    return statement.on_conflict_do_update(
        index_elements=key,
        index_where=where,
        set_={name: new[name] for name in update} | implicit_updates(model, update),
        where=or_(*(stored[name].is_distinct_from(new[name]) for name in update)),
    )


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
