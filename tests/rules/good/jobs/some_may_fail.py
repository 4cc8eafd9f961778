"""Lines that may fail alone: each has a savepoint, and is caught around it."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Conflict


async def store(session: AsyncSession, rows: list[dict[str, object]]) -> list[str]:
    """Insert what can be inserted; return what cannot."""
    products = ProductRepository(session)
    refused = []
    for row in rows:
        try:
            await products.add(Product(**row))
        except Conflict as conflict:
            refused.append(str(conflict))
    return refused


async def rename(session: AsyncSession, product: Product, name: str) -> bool:
    """Rename, or leave it."""
    try:
        async with session.begin_nested():
            product.name = name
            await session.flush()
    except Conflict:
        return False
    return True
