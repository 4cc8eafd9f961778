"""Locks: one for each row in the order of its key; of an owner, for its parts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository
from ...orders.repository import OrderRepository


async def move(session: AsyncSession, source: int, target: int, pieces: int) -> None:
    """Move pieces from one product to another."""
    products = ProductRepository(session)
    for key in sorted((source, target)):
        product = await products.get_one(key, for_update=True)
        product.stock += pieces if key == target else -pieces


async def double(session: AsyncSession, key: UUID, line: int) -> None:
    """Double the pieces of a line, under the lock of its order."""
    order = await OrderRepository(session).get_for_update(key)
    order.lines[line].quantity = order.lines[line].quantity * 2


async def next_line(session: AsyncSession, key: UUID) -> int:
    """Return the number of the next line; its order is locked, so nobody else gets it."""
    order = await OrderRepository(session).get_for_update(key)
    return len(order.lines) + 1
