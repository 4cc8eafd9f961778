"""A shop with something in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from my_service.catalogue.models import Category, Product
from my_service.database import Cursors, Sessions, build_sessions
from my_service.good import Box
from my_service.orders.models import Customer, Order, OrderLine
from sqlalchemy.ext.asyncio import AsyncSession

SKUS = ["TEA", "SALT", "RICE", "OATS"]


@dataclass
class Shop:
    """What is in it."""

    category: Category
    customer: Customer
    order: Order
    products: list[Product]


@pytest.fixture(scope="session", autouse=True)
async def _boxes(engine: Any) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Box.__table__.create)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(Box.__table__.drop)


@pytest.fixture
async def shop(session: AsyncSession) -> Shop:
    """A category, a customer and their order of four products."""
    category = Category(name="food", products=[])
    customer = Customer(email="ada@example.com", name="Ada")
    products = [
        Product(sku=sku, name=sku.title(), price_cents=450, stock=10) for sku in SKUS
    ]
    session.add_all([category, customer, *products])
    await session.flush()
    order = Order(customer_id=customer.id, lines=[])
    for product in products[:3]:
        order.lines.append(OrderLine(product=product, quantity=1, price_cents=450))
    session.add(order)
    await session.commit()
    session.expunge_all()
    return Shop(category, customer, order, products)


@pytest.fixture
def open_sessions(engine: Any) -> Sessions:
    """Sessions whose connections are not those of the test."""
    return build_sessions(engine, Cursors("a secret of the tests"))
