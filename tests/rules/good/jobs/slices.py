"""Rows in slices."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository


async def store(session: AsyncSession, rows: list[dict[str, object]]) -> None:
    """Insert rows, a thousand each time."""
    products = ProductRepository(session)
    for start in range(0, len(rows), 1000):
        await products.insert_many(rows[start : start + 1000])
