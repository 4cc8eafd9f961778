"""A pattern of our own."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class PrefixRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def imported(self) -> list[Product]:
        """Return what was imported."""
        statement = (
            select(Product).where(Product.sku.like("IMPORT-%")).order_by(Product.id)
        )
        return list(await self.session.scalars(statement.limit(100)))
