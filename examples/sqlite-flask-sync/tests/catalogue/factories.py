"""Products to try things on, each with a sku of its own."""

from itertools import count
from typing import Any

from my_service.catalogue.models import Product

numbers = count(1)


def product_row(**values: Any) -> dict[str, Any]:
    """Return the values of a product: valid ones, but for those that are given."""
    number = next(numbers)
    return {
        "sku": f"SKU-{number}",
        "name": f"Product {number}",
        "price_cents": 450,
        "stock": 10,
        **values,
    }


def product(**values: Any) -> Product:
    """Return a product that is not stored yet."""
    return Product(**product_row(**values))
