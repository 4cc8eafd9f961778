"""A count that stops: of which rows does not matter."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class CountedUpToRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def many(self) -> bool:
        """Tell whether there are more than a thousand."""
        some = select(Product.id).limit(1001).subquery()
        counted = await self.session.scalar(select(func.count()).select_from(some))
        return (counted or 0) > 1000
