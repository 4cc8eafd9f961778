{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Importing products: complete, repeatable, and open about what it leaves out."""

from collections.abc import Iterable, Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.catalogue.importing import (
    ProductStore,
    Rejected,
    import_products,
)
from {{ package_name }}.catalogue.models import Product
from {{ package_name }}.catalogue.repository import (
    ProductRepository,
)
from {{ package_name }}.database.errors import CheckFailed
from {{ package_name }}.database.rows import Row, Upserted

from .factories import product

HEADER = "sku,name,price_cents,stock\n"


class NoStore(ProductStore):
    """Counts the rows: what is read of a file can be tested without a database."""

    async def upsert_many(
        self, rows: Iterable[Row], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Count them as new."""
        return Upserted(inserted=len(list(rows)), updated=0)


async def test_a_second_import_changes_nothing(session: AsyncSession) -> None:
    products = ProductRepository(session)
    lines = [HEADER, *(f"SKU-{number},Tea,450,7\n" for number in range(2500))]
    first = await import_products(products, lines)
    assert (first.inserted, first.updated, first.rejected) == (2500, 0, [])
    second = await import_products(products, lines)
    assert (second.inserted, second.updated, second.rejected) == (0, 0, [])


async def test_what_differs_is_updated(session: AsyncSession) -> None:
    products = ProductRepository(session)
    await import_products(products, [HEADER, "A,Tea,450,7\n", "B,Salt,90,7\n"])
    imported = await import_products(products, [HEADER, "A,Tea,500,7\n"])
    assert (imported.inserted, imported.updated) == (0, 1)
    assert await products.exists(Product.price_cents == 500)


async def test_bad_lines_are_reported_and_skipped() -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n", "C,Rice\n", "D,Oats,1,-1\n"]
    imported = await import_products(NoStore(), lines)
    assert imported.inserted == 1
    assert [rejected.line for rejected in imported.rejected] == [3, 4, 5]
    assert imported.rejected[1] == Rejected(4, "it has 2 values instead of 4")
    assert imported.rejected[0].error.startswith("price_cents: ")


async def test_empty_lines_are_skipped() -> None:
    lines = [HEADER, "\n", "A,Tea,450,7\n", "\r\n", "B,Salt\n", "\n"]
    imported = await import_products(NoStore(), lines)
    assert imported.inserted == 1
    assert imported.rejected == [Rejected(5, "it has 2 values instead of 4")]


async def test_a_strict_import_stops_at_a_bad_line() -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n"]
    with pytest.raises(CheckFailed, match=r"^line 3: price_cents"):
        await import_products(NoStore(), lines, strict=True)


@pytest.mark.parametrize("header", ["", "sku,name\n", "sku,name,price_cents,amount\n"])
async def test_another_file_is_refused(header: str) -> None:
    with pytest.raises(CheckFailed, match="the first line has to be: sku,name"):
        await import_products(NoStore(), [header, "A,Tea,450,7\n"])


async def test_a_product_that_was_deleted_is_imported_anew(
    session: AsyncSession,
) -> None:
    products = ProductRepository(session)
    old = await products.add(product(sku="A"))
    old.delete()
    await products.flush()
    imported = await import_products(products, [HEADER, "A,Tea,450,7\n"])
    assert imported.inserted == 1
    assert await products.count() == 1
{% endcall %}
