"""Stock and orders agree, whatever happens."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from my_service.catalogue.models import Product
from my_service.database import Conflict, Sessions
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


def test_an_order_takes_its_pieces(
    session: Session, customer: Customer, tea: Product
) -> None:
    placed = place_order(session, customer.id, {"TEA": 3})
    shown = OrderRepository(session).read(placed.id)
    assert shown.total_cents == 1350
    assert tea.stock == 7
    assert tea.version == 2


def test_a_cancelled_order_gives_back_once(
    session: Session, customer: Customer, tea: Product
) -> None:
    placed = place_order(session, customer.id, {"TEA": 3})
    tea.delete()
    session.commit()
    cancelled = cancel_order(session, placed.id)
    assert cancelled.status is OrderStatus.CANCELLED
    assert tea.stock == 10
    with pytest.raises(Conflict, match="cancelled already"):
        cancel_order(session, placed.id)


def test_a_repeated_order_is_the_first(
    sessions: Sessions, customer: Customer, tea: Product
) -> None:
    first = order_once(sessions, customer.id, {"TEA": 3}, "a key")
    assert order_once(sessions, customer.id, {"TEA": 3}, "a key") == first
    with pytest.raises(Conflict, match="another request"):
        order_once(sessions, customer.id, {"TEA": 4}, "a key")
    assert order_once(sessions, customer.id, {"TEA": 3}, None) != first


def test_an_order_takes_its_lines_along(
    session: Session, customer: Customer, tea: Product
) -> None:
    placed = OrderRepository(session).add(order(customer, tea))
    assert OrderRepository(session).delete_where(Order.id == placed.id) == 1
    assert session.scalar(select(OrderLine.quantity)) is None
