"""A page by keys."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class KeysetPageRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def after(self, key: int, limit: int) -> list[Product]:
        """Return those behind a key."""
        behind = select(Product).where(Product.id > key).order_by(Product.id)
        return list(await self.session.scalars(behind.limit(limit)))
