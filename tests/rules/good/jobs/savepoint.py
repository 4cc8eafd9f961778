"""A savepoint that is rolled back by hand, as SQLAlchemy documents it."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.models import Product


async def try_price(session: AsyncSession, product: Product, price: int) -> None:
    """See whether the database takes a price; leave everything as it was."""
    nested = await session.begin_nested()
    product.price_cents = price
    await session.flush()
    await nested.rollback()
