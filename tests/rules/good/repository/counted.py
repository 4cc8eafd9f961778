"""Counts in SQL."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class CountedRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def stocks(self) -> int:
        """Return how many pieces there are."""
        total = await self.session.scalar(select(func.sum(Product.stock)))
        return int(total or 0)
