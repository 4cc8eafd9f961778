"""Customers and orders to try things on."""

from itertools import count
from typing import Any

from my_service.catalogue.models import Product
from my_service.orders.models import (
    Customer,
    Order,
    OrderLine,
)

numbers = count(1)


def customer_row(**values: Any) -> dict[str, Any]:
    """Return the values of a customer: valid ones, but for those that are given."""
    number = next(numbers)
    email = f"customer-{number}@example.com"
    return {"email": email, "name": f"Customer {number}", **values}


def customer(**values: Any) -> Customer:
    """Return a customer who is not stored yet."""
    return Customer(**customer_row(**values))


def order(of: Customer, *products: Product, **values: Any) -> Order:
    """Return an order, not stored yet, of one piece of each product."""
    lines = [
        OrderLine(product=product, quantity=1, price_cents=product.price_cents)
        for product in products
    ]
    return Order(customer_id=of.id, lines=lines, **values)
