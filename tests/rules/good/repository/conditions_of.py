"""Conditions that are combined."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class ConditionsOfRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def cheap_or_gone(self, limit: int) -> list[Product]:
        """Return what is cheap, or sold out."""
        cheap = (Product.price_cents < limit) & (Product.stock > 0)
        statement = select(Product).where(cheap | (Product.stock == 0))
        statement = statement.order_by(Product.id).limit(100)
        return list(await self.session.scalars(statement))
