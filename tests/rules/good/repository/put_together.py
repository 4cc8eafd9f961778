"""Statements that are put together, and columns that functions make."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class ProductRepository(Repository[Product]):
    """Products, searched in several ways."""

    model = Product

    async def search(self, name: str | None, *, least: int) -> Sequence[Product]:
        """Return some products."""
        statement = select(Product).where(Product.stock >= least)
        if name is not None:
            statement = statement.where(Product.name == name)
        statement = statement.order_by(Product.id)
        statement = statement.limit(20)
        return (await self.session.scalars(statement)).all()

    async def per_day(self, first: date) -> list[tuple[date, int]]:
        """Return how many products were made on each day."""
        day = func.date(Product.created_at)
        statement = (
            select(day, func.count())
            .where(Product.created_at >= first)
            .group_by(day)
            .order_by(day)
        )
        return [(row[0], row[1]) for row in await self.session.execute(statement)]

    async def newest_and_oldest(self, sku: str) -> tuple[int, int]:
        """Return two of them, which are read once."""
        statement = select(Product.id).where(Product.sku == sku).order_by(Product.id)
        found = (await self.session.scalars(statement)).all()
        return found[0], found[-1]
