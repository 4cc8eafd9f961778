"""PostgreSQL's own fastest ways: COPY, and one statement on what was copied."""

from typing import Any

from psycopg import AsyncCursor

from .inputs import Row
from .raw_postgresql import CONFLICT, NAMES, TOUCH, Raw, values

COPY = f"COPY bench_items ({NAMES}) FROM STDIN"
# Tables that live as long as the transaction.
NEW_ROWS = (
    "CREATE TEMPORARY TABLE given (sku text, name text, price_cents bigint, "
    "stock int, listed_at timestamptz, status text) ON COMMIT DROP"
)
COPY_NEW_ROWS = f"COPY given ({NAMES}) FROM STDIN"
MERGE_NEW_ROWS = (
    f"INSERT INTO bench_items ({NAMES}) SELECT {NAMES} FROM given {CONFLICT}"
)
CHANGES = (
    "CREATE TEMPORARY TABLE given (id bigint, name text, price_cents bigint, "
    "stock int) ON COMMIT DROP"
)
COPY_CHANGES = "COPY given (id, name, price_cents, stock) FROM STDIN"
APPLY_CHANGES = (
    "UPDATE bench_items SET name = given.name, price_cents = given.price_cents, "
    f"stock = given.stock, {TOUCH} FROM given WHERE bench_items.id = given.id"
)


class Best(Raw):
    """psycopg with COPY."""

    async def insert(self, rows: list[Row]) -> None:
        """Insert by COPY."""
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            await copied(cursor, COPY, [values(row) for row in rows])

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by COPY into a temporary table and one statement."""
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            await cursor.execute(NEW_ROWS)
            await copied(cursor, COPY_NEW_ROWS, [values(row) for row in rows])
            await cursor.execute(MERGE_NEW_ROWS)

    async def update(self, rows: list[Row]) -> None:
        """Update by COPY into a temporary table and one statement."""
        changes = [
            (row["id"], row["name"], row["price_cents"], row["stock"]) for row in rows
        ]
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            await cursor.execute(CHANGES)
            await copied(cursor, COPY_CHANGES, changes)
            await cursor.execute(APPLY_CHANGES)


async def copied(
    cursor: AsyncCursor[Any], statement: str, rows: list[tuple[Any, ...]]
) -> None:
    """Send rows by COPY."""
    async with cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
