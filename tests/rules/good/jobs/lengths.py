"""Rows that are counted and used."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository
from ...database import ReferenceMissing


async def names(session: AsyncSession, keys: list[int]) -> list[str]:
    """Return the names of products, all of which have to be there."""
    found = await ProductRepository(session).by_keys(keys)
    if len(found) != len(keys):
        raise ReferenceMissing("some are gone", columns=("id",))
    return [product.name for product in found]
