"""Copy rows within the database."""

from sqlalchemy import insert, select

from ...catalogue.models import Product
from ...database import Repository
from ..materialised_count.models import SoldCount


class InsertFromSelectRepository(Repository[Product]):
    """Copy rows within the database."""

    model = Product

    async def count_from_now_on(self) -> None:
        """Begin to count for every product that is not counted yet."""
        counted = select(SoldCount.product_id)
        new = select(Product.id, Product.stock).where(Product.id.not_in(counted))
        statement = insert(SoldCount).from_select(["product_id", "sold"], new)
        await self.session.execute(statement)
