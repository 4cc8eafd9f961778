"""A job that commits each of its batches, on purpose."""

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


async def reprice(sessions: Sessions, batches: list[list[int]]) -> None:
    """Raise prices, batch by batch; what is done stays done."""
    for keys in batches:
        # waive: S14 (each batch can be run again)
        async with unit_of_work(sessions) as session:
            products = ProductRepository(session)
            await products.update_where(
                Product.id.in_(keys), price_cents=Product.price_cents + 1
            )
