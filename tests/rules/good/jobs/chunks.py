"""Many keys, in chunks of a size that the driver takes."""

from collections.abc import Iterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository


def chunks(keys: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """Cut a list."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


async def all_of(session: AsyncSession, keys: list[int]) -> list[Product]:
    """Return all of them."""
    products = ProductRepository(session)
    found: list[Product] = []
    for chunk in chunks(keys, 500):
        found += await products.by_keys(chunk)
    return found
