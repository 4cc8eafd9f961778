"""Decide within a query."""

from sqlalchemy import case, func, select

from ...catalogue.models import Product
from ...database import Repository


class CaseRepository(Repository[Product]):
    """Decide within a query."""

    model = Product

    async def worth(self) -> int:
        """Return what is in stock, dear things for half of their price."""
        half = Product.price_cents / 2
        price = case((Product.price_cents > 9999, half), else_=Product.price_cents)
        statement = select(func.coalesce(func.sum(price * Product.stock), 0))
        return int(await self.session.scalar(statement) or 0)
