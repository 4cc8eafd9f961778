"""A row that has to be there."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class ExactlyOneRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def largest_key(self) -> int:
        """Return the largest key."""
        return (await self.session.scalars(select(func.max(Product.id)))).one() or 0
