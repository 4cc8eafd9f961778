"""Example data."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ..catalogue.repository import ProductRepository
from ..database import RowValues
from .checkout import place_order
from .repository import CustomerRepository

GOODS = ["Tea", "Coffee", "Cocoa", "Honey", "Salt", "Pepper", "Rice", "Oats"]
SIZES = {"S": 450, "M": 800, "L": 1400}
CUSTOMERS = 20


def product_rows() -> list[RowValues]:
    """Return some products, each with enough stock for many orders."""
    return [
        {
            "sku": f"{name.upper()}-{size}",
            "name": f"{name}, size {size}",
            "price_cents": cents,
            "stock": 1_000_000,
        }
        for name in GOODS
        for size, cents in SIZES.items()
    ]


def customer_rows() -> list[RowValues]:
    return [
        {"email": f"customer{number}@example.com", "name": f"Customer {number}"}
        for number in range(1, CUSTOMERS + 1)
    ]


def seed(session: Session, orders: Iterable[int]) -> None:
    """Store the products and customers, and for each number an order of theirs."""
    products, customers = ProductRepository(session), CustomerRepository(session)
    rows = product_rows()
    products.upsert_many(rows, key=["sku"], update=["price_cents", "stock"])
    customers.upsert_many(customer_rows(), key=["email"], update=["name"])
    ids = customers.ids()
    for number in orders:
        places = range(number, number + 7 * (number % 4 + 1), 7)
        quantities = {rows[place % len(rows)]["sku"]: 1 + place % 5 for place in places}
        place_order(session, ids[number % len(ids)], quantities)
