"""Change rows by what another table says."""

from sqlalchemy import exists, update

from ...catalogue.models import Product
from ...database import Repository
from ...orders.models import OrderLine


class CorrelatedUpdateRepository(Repository[Product]):
    """Change rows by what another table says."""

    model = Product

    async def sell_out_unordered(self) -> None:
        """Take out of stock what nobody ever ordered."""
        ordered = exists().where(OrderLine.product_id == Product.id)
        statement = update(Product).where(~ordered).values(stock=0)
        await self.session.execute(statement)
