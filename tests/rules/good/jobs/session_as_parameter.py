"""A session by another name."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository


async def stock_of(database: AsyncSession, key: int) -> int:
    """Return a stock."""
    product = await ProductRepository(database).get_one(key)
    await database.flush()
    return product.stock
