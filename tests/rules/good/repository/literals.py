"""Constant texts of SQL functions."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class LiteralsRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def lengths(self) -> list[int]:
        """Return how long names are."""
        length = func.length(Product.name).label("length")
        statement = select(length).where(Product.stock > 0).order_by(length)
        return list(await self.session.scalars(statement))
