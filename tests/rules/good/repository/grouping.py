"""Count in groups."""

from collections.abc import Sequence

from sqlalchemy import Row, func, select

from ...catalogue.models import Product
from ...database import Repository


class GroupingRepository(Repository[Product]):
    """Count in groups."""

    model = Product

    async def by_price(self) -> Sequence[Row[int, int]]:
        """Return how many products have the same price, if some do."""
        count = func.count()
        statement = (
            select(Product.price_cents, count)
            .group_by(Product.price_cents)
            .having(count > 1)
        )
        return (await self.session.execute(statement)).all()
