"""Several units of work in one function, whose sessions have one name."""

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


async def rename(sessions: Sessions, key: int, names: list[str]) -> Product:
    """Read, decide, then write; what was loaded is still readable."""
    async with unit_of_work(sessions) as session:
        product = await ProductRepository(session).get_one(key)
    if product.name not in names:
        async with unit_of_work(sessions) as session:
            products = ProductRepository(session)
            product = await products.get_one(key)
            product.name = names[0]
        async with unit_of_work(sessions) as again:
            products = ProductRepository(again)
            product = await products.get_one(key)
    return product
