"""A sort order that the client chooses from a list."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class SortedByRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def sorted_by(self, order: str) -> list[Product]:
        """Return products in an order."""
        orders = {"name": Product.name, "price": Product.price_cents}
        statement = select(Product).order_by(orders[order], Product.id).limit(20)
        return list(await self.session.scalars(statement))
