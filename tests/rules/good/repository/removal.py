"""A delete with a condition."""

from sqlalchemy import delete

from ...catalogue.models import Product
from ...database import Repository


class RemovalRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def forget(self, keys: list[int]) -> None:
        """Delete some."""
        await self.session.execute(delete(Product).where(Product.id.in_(keys)))
