"""SQLAlchemy's ORM by hand: bulk statements, entities, no repository."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import selectinload

from .contestant import Alchemist
from .core import page_statement, upsert_statement
from .inputs import Row
from .models import Archived, Child, Item, Parent

ARCHIVE = select(Archived)


class Orm(Alchemist):
    """A session for each unit of work, with the project's options."""

    async def open(self) -> None:
        """Make the engine and the source of sessions."""
        await super().open()
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, autoflush=False, expire_on_commit=False
        )

    async def insert(self, rows: list[Row]) -> None:
        """Insert by one bulk statement."""
        async with self.sessions.begin() as session:
            await session.execute(insert(Item), rows)

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by one bulk statement."""
        statement = upsert_statement(Item, self.engine.dialect.name)
        async with self.sessions.begin() as session:
            await session.execute(statement, rows)

    async def update(self, rows: list[Row]) -> None:
        """Update by one bulk statement; the version that was read is given with it."""
        versioned = [{**row, "version": 1} for row in rows]
        async with self.sessions.begin() as session:
            await session.execute(update(Item), versioned)

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read entity by entity, all in one session; each is another one."""
        async with self.sessions.begin() as session:
            return [await session.get(Item, key) for key in keys]

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read each level by one statement."""
        statement = (
            select(Parent)
            .where(Parent.shelf == shelf)
            .order_by(Parent.id)
            .options(selectinload(Parent.children).selectinload(Child.grandchildren))
        )
        async with self.sessions.begin() as session:
            return (await session.scalars(statement)).all()

    async def page(self, position: Any) -> Sequence[Any]:
        """Read a page of entities."""
        statement = page_statement(
            ARCHIVE,
            Archived.listed_at,
            Archived.id,
            position,
            self.engine.dialect.name,
        )
        async with self.sessions.begin() as session:
            return (await session.scalars(statement)).all()

    async def stream(self, size: int) -> tuple[int, int]:
        """Take entities as they arrive, a thousand at a time."""
        count = cents = 0
        statement = select(Archived).where(Archived.id <= size)
        async with self.sessions.begin() as session:
            found = await session.stream_scalars(
                statement.execution_options(yield_per=1000)
            )
            async for item in found:
                count += 1
                cents += item.price_cents
        return count, cents
