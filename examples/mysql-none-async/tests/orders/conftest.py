"""A customer, and something to order."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from my_service.catalogue.models import Product
from my_service.orders.models import Customer

from ..catalogue.factories import product
from . import factories


@pytest.fixture
async def customer(session: AsyncSession) -> Customer:
    customer = factories.customer()
    session.add(customer)
    await session.commit()
    return customer


@pytest.fixture
async def tea(session: AsyncSession) -> Product:
    tea = product(sku="TEA", name="Tea", price_cents=450, stock=10)
    session.add(tea)
    await session.commit()
    return tea
