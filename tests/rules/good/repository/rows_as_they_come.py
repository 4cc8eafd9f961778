"""Read many rows in constant memory."""

from collections.abc import AsyncIterator

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class RowsAsTheyComeRepository(Repository[Product]):
    """Read many rows in constant memory."""

    model = Product

    async def skus(self) -> AsyncIterator[str]:
        """Yield the sku of every product."""
        statement = select(Product).order_by(Product.id)
        async for product in await self.stream(statement):
            yield product.sku
