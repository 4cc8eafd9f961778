"""A query within a query."""

from sqlalchemy import func, select

from ...catalogue.models import Product
from ...database import Repository


class BySubqueryRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def dearest(self) -> list[Product]:
        """Return the dearest."""
        most = select(func.max(Product.price_cents)).scalar_subquery()
        dearest = (
            select(Product).where(Product.price_cents == most).order_by(Product.id)
        )
        return list(await self.session.scalars(dearest))
