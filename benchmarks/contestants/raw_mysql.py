"""PyMySQL or asyncmy by hand: their executemany makes statements of many rows."""

from collections.abc import Sequence
from typing import Any

import asyncmy
import asyncmy.cursors
from sqlalchemy import make_url

from . import nested
from .contestant import Contestant
from .inputs import CHANGED, COLUMNS, PAGE, Row

NAMES = ", ".join(COLUMNS)
READ = f"id, {NAMES}, created_at, updated_at, version"
NOW = "CURRENT_TIMESTAMP(6)"
INSERT = f"INSERT INTO bench_items ({NAMES}) VALUES (%s, %s, %s, %s, %s, %s)"
TOUCH = f"updated_at = {NOW}, version = version + 1"
DUPLICATE = (
    "ON DUPLICATE KEY UPDATE "
    + ", ".join(f"{name} = VALUES({name})" for name in CHANGED)
    + f", {TOUCH}"
)
UPDATE = (
    f"UPDATE bench_items SET name = %s, price_cents = %s, stock = %s, {TOUCH} "
    "WHERE id = %s"
)
GET = f"SELECT {READ} FROM bench_items WHERE id = %s"
ORDER = f"ORDER BY listed_at DESC, id DESC LIMIT {PAGE}"
FIRST_PAGE = f"SELECT {READ} FROM bench_archive {ORDER}"
# A comparison of rows would not use the index.
PAGE_BEHIND = (
    f"SELECT {READ} FROM bench_archive WHERE listed_at <= %s "
    f"AND (listed_at < %s OR id < %s) {ORDER}"
)
STREAM = f"SELECT {READ} FROM bench_archive WHERE id <= %s"
PARENTS = "SELECT id, shelf, name FROM bench_parents WHERE shelf = %s ORDER BY id"
CHILDREN = (
    "SELECT id, name, price_cents, parent_id FROM bench_children "
    "WHERE parent_id IN %s ORDER BY id"
)
GRANDCHILDREN = (
    "SELECT id, name, quantity, child_id FROM bench_grandchildren "
    "WHERE child_id IN %s ORDER BY id"
)


def values(row: Row) -> tuple[Any, ...]:
    """Return the values of a new row as the drivers take them."""
    return (
        row["sku"],
        row["name"],
        row["price_cents"],
        row["stock"],
        row["listed_at"],
        row["status"].value,
    )


class Raw(Contestant):
    """The driver, with the settings that the rendered project has."""

    async def open(self) -> None:
        """Connect."""
        url = make_url(self.url)
        self.connection = await asyncmy.connect(
            host=url.host,
            port=url.port,
            user=url.username,
            password=url.password or "",
            db=url.database,
            charset="utf8mb4",
            init_command="SET time_zone = '+00:00'",
            autocommit=True,
        )

    async def close(self) -> None:
        """Disconnect."""
        self.connection.close()

    async def insert(self, rows: list[Row]) -> None:
        """Insert by executemany, which sends many rows in a statement."""
        await self._executemany(INSERT, [values(row) for row in rows])

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by executemany, which sends many rows in a statement."""
        await self._executemany(f"{INSERT} {DUPLICATE}", [values(row) for row in rows])

    async def update(self, rows: list[Row]) -> None:
        """Update by executemany, which sends row by row."""
        changes = [
            (row["name"], row["price_cents"], row["stock"], row["id"]) for row in rows
        ]
        await self._executemany(UPDATE, changes)

    async def _executemany(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        await self.connection.begin()
        async with self.connection.cursor() as cursor:
            await cursor.executemany(statement, rows)
        await self.connection.commit()

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read row by row."""
        found = []
        await self.connection.begin()
        async with self.connection.cursor() as cursor:
            for key in keys:
                await cursor.execute(GET, (key,))
                found.append(await cursor.fetchone())
        await self.connection.commit()
        return found

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        await self.connection.begin()
        parents = await self._fetched(PARENTS, (shelf,))
        children = await self._below(CHILDREN, parents)
        grandchildren = await self._below(GRANDCHILDREN, children)
        await self.connection.commit()
        return nested.parents(parents, children, grandchildren)

    async def _below(self, statement: str, rows: Sequence[Any]) -> Sequence[Any]:
        return await self._fetched(statement, (tuple(row[0] for row in rows),))

    async def _fetched(self, statement: str, parameters: Any) -> Sequence[Any]:
        async with self.connection.cursor() as cursor:
            await cursor.execute(statement, parameters)
            found: Sequence[Any] = await cursor.fetchall()
        return found

    async def page(self, position: Any) -> Sequence[Any]:
        """Read by the index."""
        await self.connection.begin()
        if position is None:
            found = await self._fetched(FIRST_PAGE, ())
        else:
            moment, key = position
            found = await self._fetched(PAGE_BEHIND, (moment, moment, key))
        await self.connection.commit()
        return found

    async def stream(self, size: int) -> tuple[int, int]:
        """Take the rows as they arrive."""
        count = cents = 0
        await self.connection.begin()
        async with self.connection.cursor(asyncmy.cursors.SSCursor) as cursor:
            await cursor.execute(STREAM, (size,))
            while rows := await cursor.fetchmany(1000):
                for row in rows:
                    count += 1
                    cents += row[3]
        await self.connection.commit()
        return count, cents
