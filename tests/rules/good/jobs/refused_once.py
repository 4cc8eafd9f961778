"""An insert whose conflict is answered, in its savepoint."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Conflict, NotFound


async def ensure(session: AsyncSession, sku: str) -> bool:
    """Store a product unless it is there."""
    products = ProductRepository(session)
    try:
        await products.add(Product(sku=sku, name=sku, price_cents=1, stock=0))
    except Conflict:
        return False
    return True


async def price_of(session: AsyncSession, key: int) -> int | None:
    """Return a price, if there is one."""
    try:
        product = await ProductRepository(session).get_one(key)
    except NotFound:
        return None
    return product.price_cents


def shown(settings: object) -> list[str]:
    """Return the names of what is set."""
    return sorted(vars(settings))
