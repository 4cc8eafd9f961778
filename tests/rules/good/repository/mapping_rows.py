"""Rows as dictionaries."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class MappingRowsRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def prices(self, keys: list[int]) -> dict[str, int]:
        """Return prices by sku."""
        columns = select(Product.sku, Product.price_cents).where(Product.id.in_(keys))
        rows = (await self.session.execute(columns)).mappings()
        return {row["sku"]: row["price_cents"] for row in rows}
