"""Ask two tables at once."""

from sqlalchemy import select, union_all

from ...catalogue.models import Product
from ...database import Repository
from ...orders.models import Customer


class UnionRepository(Repository[Product]):
    """Ask two tables at once."""

    model = Product

    async def names(self) -> list[str]:
        """Return the names of products and of customers."""
        both = union_all(select(Product.name), select(Customer.name)).subquery()
        statement = select(both.c.name).order_by(both.c.name).limit(100)
        return list(await self.session.scalars(statement))
