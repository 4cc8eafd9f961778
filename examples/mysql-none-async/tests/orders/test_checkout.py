"""Stock and orders agree, whatever happens."""

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from my_service.catalogue.models import Product
from my_service.database import (
    Conflict,
    ReferenceMissing,
    Sessions,
)
from my_service.orders.checkout import (
    cancel_order,
    order_once,
    place_order,
)
from my_service.orders.models import (
    Customer,
    Order,
    OrderLine,
    OrderStatus,
)
from my_service.orders.repository import OrderRepository

from .factories import order


async def test_an_order_takes_its_pieces(
    session: AsyncSession, customer: Customer, tea: Product
) -> None:
    placed = await place_order(session, customer.id, {"TEA": 3})
    shown = await OrderRepository(session).read(placed.id)
    assert shown.total_cents == 1350
    assert tea.stock == 7
    assert tea.version == 2


async def test_an_order_takes_no_more_than_there_is(
    session: AsyncSession, customer: Customer, tea: Product
) -> None:
    with pytest.raises(Conflict, match="only 10 of TEA are left"):
        await place_order(session, customer.id, {"TEA": 11})


async def test_an_order_names_what_is_there(
    session: AsyncSession, customer: Customer, tea: Product
) -> None:
    with pytest.raises(ReferenceMissing, match="no product SALT"):
        await place_order(session, customer.id, {"SALT": 1})
    with pytest.raises(ReferenceMissing, match="no customer 404"):
        await place_order(session, 404, {"TEA": 1})


async def test_a_cancelled_order_gives_back_once(
    session: AsyncSession, customer: Customer, tea: Product
) -> None:
    placed = await place_order(session, customer.id, {"TEA": 3})
    tea.delete()
    await session.commit()
    cancelled = await cancel_order(session, placed.id)
    assert cancelled.status is OrderStatus.CANCELLED
    assert tea.stock == 10
    with pytest.raises(Conflict, match="cancelled already"):
        await cancel_order(session, placed.id)


async def test_a_repeated_order_is_the_first(
    sessions: Sessions, customer: Customer, tea: Product
) -> None:
    first = await order_once(sessions, customer.id, {"TEA": 3}, "a key")
    assert await order_once(sessions, customer.id, {"TEA": 3}, "a key") == first
    with pytest.raises(Conflict, match="another request"):
        await order_once(sessions, customer.id, {"TEA": 4}, "a key")
    assert await order_once(sessions, customer.id, {"TEA": 3}, None) != first


async def test_an_order_takes_its_lines_along(
    session: AsyncSession, customer: Customer, tea: Product
) -> None:
    placed = await OrderRepository(session).add(order(customer, tea))
    assert await OrderRepository(session).delete_where(Order.id == placed.id) == 1
    assert await session.scalar(select(OrderLine.quantity)) is None
