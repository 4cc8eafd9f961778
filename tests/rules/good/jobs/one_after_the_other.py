"""Two units of work, one after the other."""

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


async def copy_stock(sessions: Sessions, key: int) -> int:
    """Read in one, write in another."""
    async with unit_of_work(sessions) as session:
        product = await ProductRepository(session).get_one(key)
        stock = product.stock
    async with unit_of_work(sessions) as session:
        await ProductRepository(session).update_where(Product.id == key, stock=stock)
    return stock
