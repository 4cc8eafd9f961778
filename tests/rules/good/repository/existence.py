"""Ask whether there is one."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class ExistenceRepository(Repository[Product]):
    """Ask whether there is one."""

    model = Product

    async def any_sold_out(self) -> bool:
        """Tell whether something is sold out; which does not matter."""
        statement = select(Product.id).where(Product.stock == 0).limit(1)
        return await self.session.scalar(statement) is not None
