"""sqlite3 or aiosqlite by hand; its executemany is SQLite's fastest way."""

from collections.abc import Sequence
from typing import Any

import aiosqlite
from sqlalchemy import make_url

from . import nested
from .contestant import Contestant
from .inputs import CHANGED, COLUMNS, PAGE, Row

NAMES = ", ".join(COLUMNS)
READ = f"id, {NAMES}, created_at, updated_at, version"
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
INSERT = f"INSERT INTO bench_items ({NAMES}) VALUES (?, ?, ?, ?, ?, ?)"
TOUCH = f"updated_at = {NOW}, version = version + 1"
CONFLICT = (
    "ON CONFLICT (sku) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in CHANGED)
    + f", {TOUCH}"
)
UPDATE = (
    f"UPDATE bench_items SET name = ?, price_cents = ?, stock = ?, {TOUCH} WHERE id = ?"
)
GET = f"SELECT {READ} FROM bench_items WHERE id = ?"
ORDER = f"ORDER BY listed_at DESC, id DESC LIMIT {PAGE}"
FIRST_PAGE = f"SELECT {READ} FROM bench_archive {ORDER}"
PAGE_BEHIND = f"SELECT {READ} FROM bench_archive WHERE (listed_at, id) < (?, ?) {ORDER}"
STREAM = f"SELECT {READ} FROM bench_archive WHERE id <= ?"
PARENTS = "SELECT id, shelf, name FROM bench_parents WHERE shelf = ? ORDER BY id"
CHILDREN = (
    "SELECT id, name, price_cents, parent_id FROM bench_children "
    "WHERE parent_id IN ({}) ORDER BY id"
)
GRANDCHILDREN = (
    "SELECT id, name, quantity, child_id FROM bench_grandchildren "
    "WHERE child_id IN ({}) ORDER BY id"
)


def moment(row: Row) -> str:
    """Return a moment as text, with all six digits, so that it sorts by time."""
    return str(row["listed_at"].strftime("%Y-%m-%d %H:%M:%S.%f"))


def values(row: Row) -> tuple[Any, ...]:
    """Return the values of a new row as SQLite takes them."""
    return (
        row["sku"],
        row["name"],
        row["price_cents"],
        row["stock"],
        moment(row),
        row["status"].value,
    )


class Raw(Contestant):
    """The driver, with the settings that the rendered project has."""

    async def open(self) -> None:
        """Connect."""
        path = make_url(self.url).database or ""
        self.connection = await aiosqlite.connect(path, isolation_level=None)
        await self.connection.execute("PRAGMA foreign_keys = ON")
        await self.connection.execute("PRAGMA synchronous = NORMAL")

    async def close(self) -> None:
        """Disconnect."""
        await self.connection.close()

    async def insert(self, rows: list[Row]) -> None:
        """Insert by executemany."""
        await self._executemany(INSERT, [values(row) for row in rows])

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by executemany."""
        await self._executemany(f"{INSERT} {CONFLICT}", [values(row) for row in rows])

    async def update(self, rows: list[Row]) -> None:
        """Update by executemany."""
        changes = [
            (row["name"], row["price_cents"], row["stock"], row["id"]) for row in rows
        ]
        await self._executemany(UPDATE, changes)

    async def _executemany(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        await self.connection.execute("BEGIN IMMEDIATE")
        await self.connection.executemany(statement, rows)
        await self.connection.execute("COMMIT")

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read row by row."""
        found = []
        await self.connection.execute("BEGIN")
        for key in keys:
            cursor = await self.connection.execute(GET, (key,))
            found.append(await cursor.fetchone())
        await self.connection.execute("COMMIT")
        return found

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        await self.connection.execute("BEGIN")
        parents = await self._fetched(PARENTS, [shelf])
        children = await self._below(CHILDREN, parents)
        grandchildren = await self._below(GRANDCHILDREN, children)
        await self.connection.execute("COMMIT")
        return nested.parents(parents, children, grandchildren)

    async def _below(self, statement: str, rows: list[Any]) -> list[Any]:
        marks = ", ".join("?" * len(rows))
        return await self._fetched(statement.format(marks), [row[0] for row in rows])

    async def page(self, position: Any) -> Sequence[Any]:
        """Compare rows, which the index can."""
        await self.connection.execute("BEGIN")
        if position is None:
            found = await self._fetched(FIRST_PAGE, [])
        else:
            found = await self._fetched(PAGE_BEHIND, position)
        await self.connection.execute("COMMIT")
        return found

    async def position(self, behind: Row) -> Any:
        """Return the moment as text."""
        return moment(behind), behind["id"]

    async def _fetched(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        cursor = await self.connection.execute(statement, parameters)
        return list(await cursor.fetchall())

    async def stream(self, size: int) -> tuple[int, int]:
        """Take the rows as the cursor gives them."""
        count = cents = 0
        await self.connection.execute("BEGIN")
        cursor = await self.connection.execute(STREAM, (size,))
        async for row in cursor:
            count += 1
            cents += row[3]
        await self.connection.execute("COMMIT")
        return count, cents
