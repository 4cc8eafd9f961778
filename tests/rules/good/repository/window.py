"""Number rows within their group."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class WindowRepository(Repository[Product]):
    """Number rows within their group."""

    model = Product

    async def cheapest(self) -> list[int]:
        """Return the three cheapest of each stock."""
        rank = func.row_number().over(
            partition_by=Product.stock, order_by=Product.price_cents
        )
        ranked = select(Product.id, rank.label("rank")).subquery()
        statement = select(ranked.c.id).where(ranked.c.rank <= 3)
        return list(await self.session.scalars(statement))
