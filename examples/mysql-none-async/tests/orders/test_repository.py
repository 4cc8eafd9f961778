"""Orders are found in few statements, however many there are."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from my_service.orders.repository import OrderRepository
from my_service.orders.seeding import seed

from ..conftest import AtMost

one_by_one = pytest.mark.waive("Q06", "examples are ordered as customers do it")


@pytest.mark.parametrize("orders", [1, pytest.param(100, marks=one_by_one)])
async def test_a_list_takes_two_statements(
    session: AsyncSession, at_most: AtMost, orders: int
) -> None:
    await seed(session, range(orders))
    session.expunge_all()
    with at_most(2):
        page = await OrderRepository(session).list_page(None, limit=100, cursor=None)
    assert len(page.items) == orders
    assert all(line.name for order in page.items for line in order.lines)
