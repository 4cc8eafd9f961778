{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Importing products: complete, repeatable, and open about what it leaves out."""

from collections.abc import Iterable, Iterator, Sequence
{% if is_async %}
from threading import get_ident
{% endif %}

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.catalogue import importing
from {{ package_name }}.catalogue.importing import (
    ProductStore,
    Rejected,
    check_products,
    import_products,
)
from {{ package_name }}.catalogue.models import Product
from {{ package_name }}.catalogue.repository import (
    ProductRepository,
)
from {{ package_name }}.database import (
    InvalidInput,
    RowValues,
    Upserted,
)

from .factories import product

HEADER = "sku,name,price_cents,stock\n"


class NoStore(ProductStore):
    """Counts the rows: what is read of a file can be tested without a database."""

    def __init__(self) -> None:
        self.calls = 0
        self.works = False

    async def upsert_many(
        self, rows: Iterable[RowValues], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Count them as new."""
        self.calls += 1
        self.works = True
        inserted = len(list(rows))
        self.works = False
        return Upserted(inserted, updated=0)


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


async def test_of_many_bad_lines_the_first_are_reported() -> None:
    imported = await import_products(NoStore(), [HEADER, *["x\n"] * 20_000])
    assert imported.rejected_count == 20_000
    assert [rejected.line for rejected in imported.rejected] == list(range(2, 102))


async def test_nothing_is_stored_while_lines_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 3)
    store = NoStore()

    def lines() -> Iterator[str]:
        yield HEADER
        for number in range(9):
            assert not store.works
            yield f"SKU-{number},Tea,450,7\n"

    imported = await import_products(store, lines())
    assert (imported.inserted, store.calls) == (9, 3)


{% if is_async %}
async def test_lines_are_read_beside_the_event_loop() -> None:
    threads = set()

    def lines() -> Iterator[str]:
        for line in (HEADER, "A,Tea,450,7\n", "x\n"):
            threads.add(get_ident())
            yield line

    await import_products(NoStore(), lines())
    assert get_ident() not in threads


{% endif %}
def test_a_file_without_bad_lines_is_known() -> None:
    lines = [HEADER, "A,Tea,450,7\n", "B,Salt,cheap,7\n"]
    check_products(lines[:2])
    with pytest.raises(InvalidInput, match=r"^line 3: price_cents"):
        check_products(lines)


@pytest.mark.parametrize("header", ["", "sku,name\n", "sku,name,price_cents,amount\n"])
async def test_another_file_is_refused(header: str) -> None:
    with pytest.raises(InvalidInput, match="the first line has to be: sku,name"):
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
