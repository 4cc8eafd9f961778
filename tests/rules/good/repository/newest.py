"""The first of an order."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class NewestRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def newest(self) -> Product | None:
        """Return the newest."""
        statement = select(Product).order_by(Product.id.desc()).limit(1)
        return (await self.session.scalars(statement)).first()
