{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Placing and cancelling orders: where stock and orders have to agree."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product
from ..catalogue.repository import ProductRepository
from ..database.errors import Conflict, ReferenceMissing
from .models import Customer, Order, OrderLine, Status
from .repository import CustomerRepository, OrderRepository


async def place_order(
    session: AsyncSession, customer_id: int, quantities: Mapping[str, int]
) -> Order:
    """Take the quantities (pieces by sku) from stock and order them.

    Raises ReferenceMissing for an unknown customer or sku, Conflict for too little stock.
    """
    if not await CustomerRepository(session).exists(Customer.id == customer_id):
        raise ReferenceMissing(
            f"there is no customer {customer_id}", columns=("customer_id",)
        )
    wanted = Product.sku.in_(list(quantities))
    found = await ProductRepository(session).locked(wanted)
    products = {product.sku: product for product in found}
    order = Order(customer_id=customer_id, lines=[])
    for sku, quantity in quantities.items():
        product = products.get(sku)
        if product is None:
            raise ReferenceMissing(f"there is no product {sku}", columns=("sku",))
        if product.stock < quantity:
            raise Conflict(f"only {product.stock} of {sku} are left")
        product.stock -= quantity
        order.lines.append(
            OrderLine(
                product=product, quantity=quantity, price_cents=product.price_cents
            )
        )
    return await OrderRepository(session).add(order)


async def cancel_order(session: AsyncSession, key: UUID) -> Order:
    """Cancel an order and give its pieces back to stock.

    Raises NotFound, or Conflict when it is cancelled already.
    """
    order = await OrderRepository(session).locked(key)
    if order.status is Status.CANCELLED:
        raise Conflict("the order is cancelled already", columns=("status",))
    order.status = Status.CANCELLED
    sold = Product.id.in_([line.product_id for line in order.lines])
    await ProductRepository(session).locked(sold, include_deleted=True)
    for line in order.lines:
        line.product.stock += line.quantity
    await OrderRepository(session).flush()
    return order
{% endcall %}
