"""A customer, and something to order."""

import pytest
from sqlalchemy.orm import Session

from my_service.catalogue.models import Product
from my_service.orders.models import Customer

from ..catalogue.factories import product
from . import factories


@pytest.fixture
def customer(session: Session) -> Customer:
    customer = factories.customer()
    session.add(customer)
    session.commit()
    return customer


@pytest.fixture
def tea(session: Session) -> Product:
    tea = product(sku="TEA", name="Tea", price_cents=450, stock=10)
    session.add(tea)
    session.commit()
    return tea
