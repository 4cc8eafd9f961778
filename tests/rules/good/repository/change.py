"""An update with a condition, in two steps."""

from sqlalchemy import update

from ...catalogue.models import Product
from ...database import Repository


class ChangeRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def raise_prices(self, keys: list[int], cents: int) -> None:
        """Raise some prices."""
        statement = update(Product).values(price_cents=Product.price_cents + cents)
        await self.session.execute(statement.where(Product.id.in_(keys)))
