{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""How customers and orders are found and stored."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from ..database.errors import NotFound
from ..database.page import Page
from ..database.repository import Repository
from .models import Customer, Order, OrderLine


class CustomerRepository(Repository[Customer]):
    """Finds and stores customers."""

    model = Customer

    async def keys(self) -> list[int]:
        """Return the keys of all customers."""
        keys = await self.session.scalars(select(Customer.id).order_by(Customer.id))
        return list(keys)


class OrderRepository(Repository[Order]):
    """Finds and stores orders."""

    model = Order

    async def detailed(self, key: UUID) -> Order:
        """Return an order with lines and products. Raises NotFound."""
        return await self._one(key, with_lines())

    async def locked(self, key: UUID) -> Order:
        """Return it locked until the end of the unit of work. Raises NotFound."""
        return await self._one(key, with_lines().with_for_update())

    async def latest(
        self, customer_id: int | None, *, limit: int, cursor: str | None
    ) -> Page[Order]:
        """Return a page of orders with lines and products, the newest first."""
        statement = with_lines()
        if customer_id is not None:
            statement = statement.where(Order.customer_id == customer_id)
        return await self.page(statement, [Order.id.desc()], limit=limit, cursor=cursor)

    async def _one(self, key: UUID, statement: Select[Order]) -> Order:
        order = await self.session.scalar(statement.where(Order.id == key))
        if order is None:
            raise NotFound(Order, key)
        return order


def with_lines() -> Select[Order]:
    """Select orders with lines and products, those that are no longer sold as well."""
    lines = selectinload(Order.lines).joinedload(OrderLine.product)
    return select(Order).options(lines).execution_options(include_deleted=True)
{% endcall %}
