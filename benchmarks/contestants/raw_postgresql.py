"""psycopg by hand, and PostgreSQL's own fastest ways."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy import make_url

from . import nested
from .contestant import Contestant
from .inputs import CHANGED, COLUMNS, PAGE, Row

NAMES = ", ".join(COLUMNS)
READ = f"id, {NAMES}, created_at, updated_at, version"
INSERT = f"INSERT INTO bench_items ({NAMES}) VALUES (%s, %s, %s, %s, %s, %s)"
TOUCH = "updated_at = now(), version = bench_items.version + 1"
CONFLICT = (
    "ON CONFLICT (sku) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in CHANGED)
    + f", {TOUCH}"
)
UPDATE = (
    f"UPDATE bench_items SET name = %s, price_cents = %s, stock = %s, {TOUCH} "
    "WHERE id = %s"
)
GET = f"SELECT {READ} FROM bench_items WHERE id = %s"
ORDER = f"ORDER BY listed_at DESC, id DESC LIMIT {PAGE}"
FIRST_PAGE = f"SELECT {READ} FROM bench_archive {ORDER}"
PAGE_BEHIND = (
    f"SELECT {READ} FROM bench_archive WHERE (listed_at, id) < (%s, %s) {ORDER}"
)
STREAM = f"SELECT {READ} FROM bench_archive WHERE id <= %s"
PARENTS = "SELECT id, shelf, name FROM bench_parents WHERE shelf = %s ORDER BY id"
CHILDREN = (
    "SELECT id, name, price_cents, parent_id FROM bench_children "
    "WHERE parent_id = ANY(%s) ORDER BY id"
)
GRANDCHILDREN = (
    "SELECT id, name, quantity, child_id FROM bench_grandchildren "
    "WHERE child_id = ANY(%s) ORDER BY id"
)


def values(row: Row) -> tuple[Any, ...]:
    """Return the values of a new row as psycopg takes them."""
    return (
        row["sku"],
        row["name"],
        row["price_cents"],
        row["stock"],
        row["listed_at"],
        row["status"].value,
    )


class Raw(Contestant):
    """psycopg with executemany."""

    async def open(self) -> None:
        """Connect."""
        url = make_url(self.url).set(drivername="postgresql")
        # Transactions are begun where they are needed, as SQLAlchemy does.
        self.connection = await AsyncConnection.connect(str(url), autocommit=True)

    async def close(self) -> None:
        """Disconnect."""
        await self.connection.close()

    async def insert(self, rows: list[Row]) -> None:
        """Insert by executemany, which psycopg sends without waiting for answers."""
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
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            await cursor.executemany(statement, rows)

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read row by row."""
        found = []
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            for key in keys:
                await cursor.execute(GET, (key,))
                found.append(await cursor.fetchone())
        return found

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            parents = await fetched(cursor, PARENTS, shelf)
            keys = [row[0] for row in parents]
            children = await fetched(cursor, CHILDREN, keys)
            keys = [row[0] for row in children]
            grandchildren = await fetched(cursor, GRANDCHILDREN, keys)
        return nested.parents(parents, children, grandchildren)

    async def page(self, position: Any) -> Sequence[Any]:
        """Compare rows, which the index can."""
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            if position is None:
                await cursor.execute(FIRST_PAGE)
            else:
                await cursor.execute(PAGE_BEHIND, position)
            return await cursor.fetchall()

    async def stream(self, size: int) -> tuple[int, int]:
        """Fetch a thousand rows at a time from a cursor of the server."""
        count = cents = 0
        async with (
            self.connection.transaction(),
            self.connection.cursor("stream") as cursor,
        ):
            cursor.itersize = 1000
            await cursor.execute(STREAM, (size,))
            async for row in cursor:
                count += 1
                cents += row[3]
        return count, cents


async def fetched(cursor: AsyncCursor[Any], statement: str, value: Any) -> list[Any]:
    """Return the rows of a statement with one parameter."""
    await cursor.execute(statement, (value,))
    return await cursor.fetchall()
