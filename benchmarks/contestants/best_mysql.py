"""MySQL's fastest way to update many rows by key.

Its fastest way to insert and upsert is a statement of many rows, as the drivers make it.
"""

from .inputs import Row
from .raw_mysql import TOUCH, Raw

CHANGES = (
    "CREATE TEMPORARY TABLE given (id BIGINT PRIMARY KEY, name VARCHAR(200), "
    "price_cents BIGINT, stock INT) CHARACTER SET utf8mb4"
)
INSERT_CHANGES = "INSERT INTO given VALUES (%s, %s, %s, %s)"
APPLY_CHANGES = (
    "UPDATE bench_items JOIN given USING (id) SET bench_items.name = given.name, "
    "bench_items.price_cents = given.price_cents, bench_items.stock = given.stock, "
    f"{TOUCH}"
)


class Best(Raw):
    """Many rows in a statement for updates too."""

    async def update(self, rows: list[Row]) -> None:
        """Update from a temporary table."""
        changes = [
            (row["id"], row["name"], row["price_cents"], row["stock"]) for row in rows
        ]
        await self.connection.begin()
        async with self.connection.cursor() as cursor:
            await cursor.execute(CHANGES)
            await cursor.executemany(INSERT_CHANGES, changes)
            await cursor.execute(APPLY_CHANGES)
            await cursor.execute("DROP TEMPORARY TABLE given")
        await self.connection.commit()
