"""Rows that are locked in one order."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class LockedInOrderRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def locked(self, keys: list[int]) -> list[Product]:
        """Lock some."""
        chosen = select(Product).where(Product.id.in_(keys)).order_by(Product.id)
        return list(await self.session.scalars(chosen.with_for_update()))
