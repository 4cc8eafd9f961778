"""What is shown of a product is what is stored."""

from dataclasses import fields
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from my_service.catalogue.read_models import ProductRead
from my_service.catalogue.repository import (
    CategoryRepository,
    ProductRepository,
)

from .factories import product


def test_each_field_is_the_column_of_its_name(session: Session) -> None:
    products = ProductRepository(session)
    created_at = datetime(2000, 1, 1, tzinfo=UTC)
    stored = products.add(product(price_cents=7, stock=8, created_at=created_at))
    read = products.read(stored.id)
    for field in fields(ProductRead):
        if field.name != "categories":
            assert getattr(read, field.name) == getattr(stored, field.name)


def test_categories_are_created_once(session: Session) -> None:
    categories = CategoryRepository(session)
    first = categories.get_or_create(["hot", "cold"])
    again = categories.get_or_create(["cold", "hot", "warm"])
    assert {category.name for category in again} == {"hot", "cold", "warm"}
    assert {category.id for category in first} < {category.id for category in again}
