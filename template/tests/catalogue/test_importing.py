{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Importing products: complete, repeatable, and open about what it leaves out."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.catalogue.importing import (
    Rejected,
    import_products,
)
from {{ package_name }}.catalogue.models import Product
from {{ package_name }}.catalogue.repository import (
    ProductRepository,
)
from {{ package_name }}.database.errors import CheckFailed

HEADER = "sku,name,price_cents,stock\n"


async def test_a_second_import_changes_nothing(session: AsyncSession) -> None:
    lines = [HEADER, *(f"SKU-{number},Tea,450,7\n" for number in range(2500))]
    first = await import_products(session, lines)
    assert (first.inserted, first.updated, first.rejected) == (2500, 0, [])
    second = await import_products(session, lines)
    assert (second.inserted, second.updated, second.rejected) == (0, 0, [])


async def test_what_differs_is_updated(session: AsyncSession) -> None:
    await import_products(session, [HEADER, "A,Tea,450,7\n", "B,Salt,90,7\n"])
    imported = await import_products(session, [HEADER, "A,Tea,500,7\n"])
    assert (imported.inserted, imported.updated) == (0, 1)
    assert await ProductRepository(session).exists(Product.price_cents == 500)


async def test_bad_lines_are_told_and_skipped(session: AsyncSession) -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n", "C,Rice\n", "D,Oats,1,-1\n"]
    imported = await import_products(session, lines)
    assert imported.inserted == 1
    assert [rejected.line for rejected in imported.rejected] == [3, 4, 5]
    assert imported.rejected[1] == Rejected(4, "it has 2 values instead of 4")
    assert imported.rejected[0].error.startswith("price_cents: ")


async def test_a_strict_import_stops_at_a_bad_line(session: AsyncSession) -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n"]
    with pytest.raises(CheckFailed, match=r"^line 3: price_cents"):
        await import_products(session, lines, strict=True)


@pytest.mark.parametrize("header", ["", "sku,name\n", "sku,name,price_cents,amount\n"])
async def test_another_file_is_refused(session: AsyncSession, header: str) -> None:
    with pytest.raises(CheckFailed, match="the first line has to be: sku,name"):
        await import_products(session, [header, "A,Tea,450,7\n"])


async def test_a_product_that_was_deleted_is_imported_anew(
    session: AsyncSession,
) -> None:
    products = ProductRepository(session)
    old = await products.add(Product(sku="A", name="Tea", price_cents=1, stock=1))
    old.delete()
    await products.flush()
    imported = await import_products(session, [HEADER, "A,Tea,450,7\n"])
    assert imported.inserted == 1
    assert await products.count() == 1
{% endcall %}
