"""Placing and cancelling orders: where stock and orders have to agree."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from ..catalogue.models import Product
from ..catalogue.repository import ProductRepository
from ..database import (
    Conflict,
    ReferenceMissing,
    Sessions,
    run_in_unit_of_work,
    run_once,
)
from .models import Customer, Order, OrderLine, OrderRequest, OrderStatus
from .read_models import OrderRead
from .repository import CustomerRepository, OrderRepository

READ = TypeAdapter(OrderRead)


class OutOfStock(Conflict):
    """There are fewer pieces left than are ordered."""

    code = "out_of_stock"

    def __init__(self, sku: str, left: int) -> None:
        super().__init__(f"only {left} of {sku} are left", columns=("lines",))


class AlreadyCancelled(Conflict):
    """The order was cancelled before."""

    code = "already_cancelled"


async def place_order(
    session: AsyncSession, customer_id: int, quantities: Mapping[str, int]
) -> Order:
    """Take the quantities (pieces by sku) from stock and order them.

    Raises ReferenceMissing for an unknown customer or sku, OutOfStock for too little stock.
    """
    if not await CustomerRepository(session).exists(Customer.id == customer_id):
        raise ReferenceMissing(
            f"there is no customer {customer_id}", columns=("customer_id",)
        )
    wanted = Product.sku.in_(list(quantities))
    locked = await ProductRepository(session).for_update(wanted)
    products = {product.sku: product for product in locked}
    order = Order(customer_id=customer_id, lines=[])
    for sku, quantity in quantities.items():
        product = products.get(sku)
        if product is None:
            raise ReferenceMissing(f"there is no product {sku}", columns=("lines",))
        if product.stock < quantity:
            raise OutOfStock(sku, product.stock)
        product.stock -= quantity
        order.lines.append(
            OrderLine(
                product=product, quantity=quantity, price_cents=product.price_cents
            )
        )
    return await OrderRepository(session).add(order)


async def order_once(
    sessions: Sessions,
    customer_id: int,
    quantities: Mapping[str, int],
    key: str | None,
    owner: str = "",
) -> OrderRead:
    """Place an order as one unit of work.

    When its `owner` asks again under the same `key`, the answer is that of the first time.
    """

    async def work(session: AsyncSession) -> OrderRead:
        order = await place_order(session, customer_id, quantities)
        return await OrderRepository(session).read(order.id)

    async def as_json(session: AsyncSession) -> dict[str, object]:
        return dict(READ.dump_python(await work(session), mode="json"))

    if key is None:
        return await run_in_unit_of_work(sessions, work)
    request = [customer_id, quantities]
    placed = await run_once(sessions, OrderRequest, key, request, as_json, owner=owner)
    return READ.validate_python(placed)


async def cancel_order(session: AsyncSession, order_id: UUID) -> OrderRead:
    """Cancel an order and give its pieces back to stock.

    Raises NotFound or AlreadyCancelled.
    """
    orders, products = OrderRepository(session), ProductRepository(session)
    order = await orders.get_for_update(order_id)
    if order.status is OrderStatus.CANCELLED:
        raise AlreadyCancelled("the order is cancelled already")
    order.status = OrderStatus.CANCELLED
    quantities = {line.product_id: line.quantity for line in order.lines}
    sold = Product.id.in_(list(quantities))
    for product in await products.for_update(sold, include_deleted=True):
        product.stock += quantities[product.id]
    await orders.flush()
    return await orders.read(order_id)
