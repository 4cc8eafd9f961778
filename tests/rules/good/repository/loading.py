"""Say what is loaded, several levels deep."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, load_only, raiseload, selectinload

from ...catalogue.models import Product
from ...database import Repository
from ...orders.models import Order, OrderLine


class LoadingRepository(Repository[Product]):
    """Say what is loaded, several levels deep."""

    model = Product

    async def orders(self) -> list[Order]:
        """Return the newest orders with their lines and products."""
        statement = (
            select(Order)
            .options(
                selectinload(Order.lines)
                .joinedload(OrderLine.product)
                .load_only(Product.name),
                raiseload("*"),
            )
            .order_by(Order.id.desc())
            .limit(20)
        )
        return list(await self.session.scalars(statement))

    async def line(self, order: Order) -> OrderLine | None:
        """Return the first line of an order, with its product."""
        statement = (
            select(OrderLine)
            .options(joinedload(OrderLine.product), load_only(OrderLine.quantity))
            .where(OrderLine.order_id == order.id)
            .order_by(OrderLine.product_id)
        )
        return (await self.session.scalars(statement)).first()
