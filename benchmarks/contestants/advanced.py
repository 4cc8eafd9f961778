"""advanced-alchemy's repositories, on models of its own kind for the same tables.

Its models have what lets its bulk methods take their fast ways: times that Python sets,
and a version that is a plain column, since its bulk methods do not count versions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from advanced_alchemy.base import IdentityAuditBase
from advanced_alchemy.repository import SQLAlchemyAsyncRepository
from advanced_alchemy.types import DateTimeUTC
from sqlalchemy import BigInteger, Enum, String, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Mapped, mapped_column, selectinload

from .contestant import Alchemist
from .core import page_statement
from .inputs import Row, Status
from .models import Child, Parent


class Columns:
    """What both tables of items have."""

    sku: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    price_cents: Mapped[int] = mapped_column(BigInteger)
    stock: Mapped[int]
    listed_at: Mapped[datetime] = mapped_column(DateTimeUTC(timezone=True))
    status: Mapped[Status] = mapped_column(
        Enum(
            Status,
            native_enum=False,
            length=32,
            values_callable=lambda members: [member.value for member in members],
        )
    )
    version: Mapped[int] = mapped_column(server_default=text("1"))


class AdvancedItem(Columns, IdentityAuditBase):
    """What is written and found by key."""

    __tablename__ = "bench_items"
    __table_args__ = (UniqueConstraint("sku"),)


class AdvancedArchived(Columns, IdentityAuditBase):
    """What is paged through and streamed."""

    __tablename__ = "bench_archive"


ARCHIVE = select(AdvancedArchived)


class ItemRepository(SQLAlchemyAsyncRepository[AdvancedItem]):
    """Finds and stores items."""

    model_type = AdvancedItem


class ArchiveRepository(SQLAlchemyAsyncRepository[AdvancedArchived]):
    """Finds archived items."""

    model_type = AdvancedArchived


class ParentRepository(SQLAlchemyAsyncRepository[Parent]):
    """Finds parents."""

    model_type = Parent


class Advanced(Alchemist):
    """The repository."""

    async def open(self) -> None:
        """Make the engine and the source of sessions."""
        await super().open()
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, expire_on_commit=False
        )

    async def insert(self, rows: list[Row]) -> None:
        """Insert by `add_many`."""
        async with self.sessions.begin() as session:
            await ItemRepository(session=session).add_many(
                [AdvancedItem(**row) for row in rows]
            )

    async def upsert(self, rows: list[Row]) -> None:
        """Upsert by `upsert_many`."""
        async with self.sessions.begin() as session:
            await ItemRepository(session=session).upsert_many(
                [AdvancedItem(**row) for row in rows], match_fields=["sku"]
            )

    async def update(self, rows: list[Row]) -> None:
        """Update by `update_many`, from mappings, which it takes faster than models."""
        async with self.sessions.begin() as session:
            await ItemRepository(session=session).update_many(
                [dict(row) for row in rows]
            )

    async def get(self, keys: list[int]) -> Sequence[Any]:
        """Read by `get`, all in one session; each is another one."""
        async with self.sessions.begin() as session:
            repository = ItemRepository(session=session)
            return [await repository.get(key) for key in keys]

    async def tree(self, shelf: int) -> Sequence[Any]:
        """Read by `get_many`, with loading options."""
        below = selectinload(Parent.children).selectinload(Child.grandchildren)
        async with self.sessions.begin() as session:
            found: Sequence[Any] = await ParentRepository(session=session).get_many(
                Parent.shelf == shelf, order_by=("id", False), load=[below]
            )
        return found

    async def page(self, position: Any) -> Sequence[Any]:
        """Read by `get_many`; it has no pages by key, so the statement is by hand."""
        statement = page_statement(
            ARCHIVE,
            AdvancedArchived.listed_at,
            AdvancedArchived.id,
            position,
            self.engine.dialect.name,
        )
        async with self.sessions.begin() as session:
            found: Sequence[Any] = await ArchiveRepository(session=session).get_many(
                statement=statement
            )
        return found
