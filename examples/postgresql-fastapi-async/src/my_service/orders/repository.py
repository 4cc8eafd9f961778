"""Repositories of customers and orders."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import selectinload

from ..catalogue.models import Product
from ..database import NotFound, Page, Repository
from .models import Customer, Order, OrderLine
from .read_models import LineRead, OrderRead

AnyRow = Row[*tuple[Any, ...]]

ORDERS = select(Order.id, Order.customer_id, Order.status, Order.created_at)
ORDERS_OF_CUSTOMER = ORDERS.where(Order.customer_id == bindparam("customer"))
# With the products that are no longer sold.
LINES = (
    select(
        OrderLine.order_id,
        Product.sku,
        Product.name,
        OrderLine.quantity,
        OrderLine.price_cents,
    )
    .join_from(OrderLine, Product)
    .where(OrderLine.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(OrderLine.product_id)
    .execution_options(include_deleted=True)
)


class CustomerRepository(Repository[Customer]):
    model = Customer

    async def ids(self) -> list[int]:
        ids = await self.session.scalars(select(Customer.id).order_by(Customer.id))
        return list(ids)


class OrderRepository(Repository[Order]):
    model = Order

    async def get_for_update(self, order_id: UUID) -> Order:
        """Return an order with its lines, locked. Raises NotFound."""
        return await self.get_one(order_id, selectinload(Order.lines), for_update=True)

    async def read(self, order_id: UUID) -> OrderRead:
        """Return what is shown of an order. Raises NotFound."""
        rows = await self.session.execute(ORDERS.where(Order.id == order_id))
        orders = await self._with_lines(rows.all())
        if not orders:
            raise NotFound(Order, order_id)
        return orders[0]

    async def list_page(
        self, customer_id: int | None, *, limit: int, cursor: str | None
    ) -> Page[OrderRead]:
        """Return a page of orders with lines and products, the newest first."""
        page = await self.page_of_rows(
            ORDERS if customer_id is None else ORDERS_OF_CUSTOMER,
            [Order.id.desc()],
            limit=limit,
            cursor=cursor,
            parameters={"customer": customer_id},
        )
        return page.with_items(await self._with_lines(page.items))

    async def _with_lines(self, rows: Iterable[AnyRow]) -> list[OrderRead]:
        orders = {row.id: OrderRead(**row._asdict()) for row in rows}
        ids = {"orders": list(orders)}
        for row in await self.session.execute(LINES, ids):
            line = row._asdict()
            order = orders[line.pop("order_id")]
            order.lines.append(LineRead(**line))
            order.total_cents += row.quantity * row.price_cents
        return list(orders.values())
