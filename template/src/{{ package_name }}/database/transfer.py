{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Copying rows out of another database."""

from collections.abc import Callable, Sequence

{% if postgresql %}
from sqlalchemy import Connection, Table, func, select
{% else %}
from sqlalchemy import Connection, Table, select
{% endif %}
from sqlalchemy.ext.asyncio import AsyncSession

from .base import among
from .rows import Row
from .source import batches
from .translation import own_errors
from .writing import insert_rows


async def copy_rows(
    session: AsyncSession,
    source: Connection,
    table: Table,
    advance: Callable[[int], object],
) -> int:
    """Insert the rows whose key is not there yet, and return how many they are.

    `advance` is told how many were looked at. Raises Conflict, ReferenceMissing or
    CheckFailed.
    """
    count = 0
    for rows in batches(source, table):
        with own_errors():
            if new := await _absent(session, table, rows):
                await insert_rows(session, table, new)
        count += len(new)
        advance(len(rows))
{% if postgresql %}
    if (column := table.autoincrement_column) is not None:
        # Rows that bring their key along do not count it up.
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        newest = select(func.max(column)).scalar_subquery()
        await session.execute(select(func.setval(sequence, newest)))
{% endif %}
    return count


async def _absent(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Row],
) -> list[Row]:
    columns = list(table.primary_key)
    keys = [tuple(row[column.key] for column in columns) for row in rows]
    wanted = keys if len(columns) > 1 else [value for (value,) in keys]
    statement = select(*columns).where(among(columns))
    found = await session.execute(statement, {"keys": wanted})
    there = set(map(tuple, found))
    return [row for row, key in zip(rows, keys, strict=True) if key not in there]
{% endcall %}
