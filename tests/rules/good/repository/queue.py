"""Take work that nobody else has taken."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class QueueRepository(Repository[Product]):
    """Take work that nobody else has taken."""

    model = Product

    async def next_ten(self) -> list[Product]:
        """Return ten products, locked."""
        statement = (
            select(Product)
            .where(Product.stock == 0)
            .order_by(Product.id)
            .limit(10)
            .with_for_update(skip_locked=True)
        )
        return list(await self.session.scalars(statement))
