"""Importing products: complete, repeatable, and open about what it leaves out."""

from sqlalchemy.ext.asyncio import AsyncSession

from my_service.catalogue.importing import import_products
from my_service.catalogue.models import Product
from my_service.catalogue.repository import (
    ProductRepository,
)
from my_service.database import Sessions

HEADER = "sku,name,price_cents,stock\n"


async def test_a_product_that_differs_is_updated(
    session: AsyncSession, sessions: Sessions
) -> None:
    await import_products(sessions, [HEADER, "A,Tea,450,7\n", "B,Salt,90,7\n"])
    imported = await import_products(sessions, [HEADER, "A,Tea,500,7\n"])
    assert (imported.inserted, imported.updated) == (0, 1)
    assert await ProductRepository(session).exists(Product.price_cents == 500)


async def test_bad_lines_are_reported_and_skipped(sessions: Sessions) -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n", "C,Rice\n", "D,Oats,1,-1\n"]
    imported = await import_products(sessions, lines)
    assert imported.inserted == 1
    assert [rejected.line for rejected in imported.rejected] == [3, 4, 5]
    assert imported.rejected[0].error.startswith("price_cents: ")
    assert imported.rejected[1].error == "it has 2 values instead of 4"
