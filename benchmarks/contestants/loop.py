"""The ORM as it is met most often: entities in a loop, written by the flush."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .contestant import Alchemist
from .inputs import CHANGED, Row
from .models import Item


class Loop(Alchemist):
    """A session for each unit of work, with the project's options."""

    async def open(self) -> None:
        """Make the engine and the source of sessions."""
        await super().open()
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, autoflush=False, expire_on_commit=False
        )

    async def insert(self, rows: list[Row]) -> None:
        """Add entity by entity."""
        async with self.sessions.begin() as session:
            for row in rows:
                session.add(Item(**row))

    async def upsert(self, rows: list[Row]) -> None:
        """Load what is there, a thousand at a time; change it, or add what is new."""
        async with self.sessions.begin() as session:
            for start in range(0, len(rows), 1000):
                some = rows[start : start + 1000]
                wanted = Item.sku.in_([row["sku"] for row in some])
                found = await session.scalars(select(Item).where(wanted))
                items = {item.sku: item for item in found}
                for row in some:
                    item = items.get(row["sku"])
                    if item is None:
                        session.add(Item(**row))
                    else:
                        for name in CHANGED:
                            setattr(item, name, row[name])

    async def update(self, rows: list[Row]) -> None:
        """Load a thousand at a time, and change them."""
        async with self.sessions.begin() as session:
            for start in range(0, len(rows), 1000):
                some = {row["id"]: row for row in rows[start : start + 1000]}
                found = await session.scalars(select(Item).where(Item.id.in_(some)))
                for item in found:
                    for name, value in some[item.id].items():
                        setattr(item, name, value)
