{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Copying rows out of another database."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

{% if postgresql %}
from sqlalchemy import Connection, Table, func, select
{% else %}
from sqlalchemy import Connection, Table, select
{% endif %}
from sqlalchemy.ext.asyncio import AsyncSession

from .base import among
from .errors import Conflict
from .rows import Row
from .source import batches, stored
from .translation import own_errors
from .writing import insert_rows


async def copy_table(
    session: AsyncSession,
    source: Connection,
    table: Table,
    advance: Callable[[int], object],
) -> int:
    """Insert the rows that are not there yet, and return how many they are.

    `advance` is told how many were looked at. Raises Conflict, also when another row has
    the key of one, ReferenceMissing or CheckFailed.
    """
    count = 0
    with batches(source, table) as found:
        for rows in found:
            with own_errors():
                if new := await _absent(session, table, rows):
                    await insert_rows(session, table, new)
            count += len(new)
            advance(len(rows))
{% if postgresql %}
    if (column := table.autoincrement_column) is not None:
        # Rows that bring their key along do not count it up; it never goes back.
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        newest = select(func.max(column)).scalar_subquery()
        ahead = newest > func.coalesce(func.pg_sequence_last_value(sequence), 0)
        await session.execute(select(func.setval(sequence, newest)).where(ahead))
{% endif %}
    return count


async def _absent(
    session: AsyncSession,
    table: Table,
    rows: Sequence[Row],
) -> list[Row]:
    columns = list(table.primary_key)
    absent = {_key(table, row): row for row in rows}
    wanted = list(absent) if len(columns) > 1 else [value for (value,) in absent]
    statement = select(*stored(table)).where(among(columns))
    found = await session.execute(statement, {"keys": wanted})
    for row in found.mappings():
        key = _key(table, row)
        if absent.pop(key, None) != row:
            name = " ".join(map(str, (table.name, *key)))
            raise Conflict(f"TO has another row {name}: begin with an empty database")
    return list(absent.values())


def _key(table: Table, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[column.key] for column in table.primary_key)
{% endcall %}
