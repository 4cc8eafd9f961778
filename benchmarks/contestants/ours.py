"""The rendered project's repositories, sessions and units of work, as its users do."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from my_service.connection import connected
from my_service.database import Repository, unit_of_work
from my_service.settings import Settings
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from .contestant import Contestant
from .inputs import CHANGED, PAGE, PARENTS, Row
from .models import Archived, Child, Item, Parent

ARCHIVE = select(Archived)
NEWEST = (Archived.listed_at.desc(), Archived.id.desc())


class ItemRepository(Repository[Item]):
    """Finds and stores items."""

    model = Item


class ArchiveRepository(Repository[Archived]):
    """Finds archived items."""

    model = Archived


class ParentRepository(Repository[Parent]):
    """Finds parents."""

    model = Parent


class Ours(Contestant):
    """The repository."""

    async def open(self) -> None:
        """Take the sessions of the project."""
        self.stack = AsyncExitStack()
        settings = Settings(database_url=self.url)
        self.sessions = await self.stack.enter_async_context(connected(settings))

    async def close(self) -> None:
        """Close every connection."""
        await self.stack.aclose()

    async def insert(self, rows: list[Row]) -> None:
        """Insert by `insert_many`."""
        async with unit_of_work(self.sessions) as session:
            await ItemRepository(session).insert_many(rows)

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by `upsert_many`, which also counts what it inserted and updated."""
        async with unit_of_work(self.sessions) as session:
            await ItemRepository(session).upsert_many(rows, key=["sku"], update=CHANGED)

    async def update(self, rows: list[Row]) -> None:
        """Update by `update_many`."""
        async with unit_of_work(self.sessions) as session:
            await ItemRepository(session).update_many(rows)

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read by `get`, all in one session; each is another one."""
        async with unit_of_work(self.sessions) as session:
            repository = ItemRepository(session)
            return [await repository.get(key) for key in keys]

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read a page of entities, with loading options."""
        below = selectinload(Parent.children).selectinload(Child.grandchildren)
        statement = select(Parent).where(Parent.shelf == shelf).options(below)
        async with unit_of_work(self.sessions) as session:
            page = await ParentRepository(session).page(
                statement, [Parent.id], limit=PARENTS
            )
        return list(page.items)

    async def page(self, position: Any) -> Sequence[Any]:
        """Read a page of entities from a cursor on."""
        async with unit_of_work(self.sessions) as session:
            page = await ArchiveRepository(session).page(
                ARCHIVE, NEWEST, limit=PAGE, cursor=position
            )
        return list(page.items)

    async def position(self, behind: Row) -> Any:
        """Return the cursor of a page that ends with the row.

        That page begins with the newest row of the same moment; keys leave no gaps.
        """
        statement = select(Archived).where(Archived.listed_at <= behind["listed_at"])
        async with unit_of_work(self.sessions) as session:
            repository = ArchiveRepository(session)
            newest = await repository.page(statement, NEWEST, limit=1)
            count = newest.items[0].id - behind["id"] + 1
            page = await repository.page(statement, NEWEST, limit=count)
        return page.next_cursor

    async def stream(self, size: int) -> tuple[int, int]:
        """Take entities as they arrive."""
        count = cents = 0
        statement = select(Archived).where(Archived.id <= size)
        async with unit_of_work(self.sessions) as session:
            async for item in await ArchiveRepository(session).stream(statement):
                count += 1
                cents += item.price_cents
        return count, cents
