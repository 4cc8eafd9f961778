"""What is shown of a product is what is stored."""

from dataclasses import fields
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from my_service.catalogue.models import Product
from my_service.catalogue.read_models import ProductRead
from my_service.catalogue.repository import (
    CategoryRepository,
    ProductRepository,
)
from my_service.catalogue.schemas import ProductRow

from .factories import product, product_row


async def test_each_field_is_the_column_of_its_name(session: AsyncSession) -> None:
    products = ProductRepository(session)
    created_at = datetime(2000, 1, 1, tzinfo=UTC)
    stored = await products.add(product(price_cents=7, stock=8, created_at=created_at))
    read = await products.read(stored.id)
    for field in fields(ProductRead):
        if field.name != "categories":
            assert getattr(read, field.name) == getattr(stored, field.name)


async def test_categories_are_created_once(session: AsyncSession) -> None:
    categories = CategoryRepository(session)
    first = await categories.get_or_create(["hot", "cold"])
    again = await categories.get_or_create(["cold", "hot", "warm"])
    assert {category.name for category in again} == {"hot", "cold", "warm"}
    assert {category.id for category in first} < {category.id for category in again}


async def test_a_product_is_created_under_its_categories(session: AsyncSession) -> None:
    products = ProductRepository(session)
    new = ProductRow(**product_row(sku="TEA"))
    created = await products.create(new, ["hot", "a"])
    assert await products.exists(Product.sku == "TEA")
    read = await products.read(created.id)
    assert read.categories == ["a", "hot"]
