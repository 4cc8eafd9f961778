"""What looks like a query that could do more, and is none."""

from collections.abc import Iterable

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Conflict, Sessions, unit_of_work
from ...orders.models import Customer
from ...orders.repository import CustomerRepository

SKUS: dict[str, int] = {}
MODELS: dict[str, type[Product]] = {"product": Product}


class Weight(BaseModel):
    """What is weighed."""

    amount_in_box: int
    kilograms: float


def label(product: Product) -> str:
    """Return what is printed."""
    return f"{product.sku}: {product.name}"


async def labels(sessions: Sessions, keys: list[int], wanted: set[str]) -> list[str]:
    """Return what is printed of those that are wanted, and how many there are."""
    async with unit_of_work(sessions) as session:
        products = await ProductRepository(session).by_keys(keys)
        printed = [label(one) for one in products if one.sku in wanted]
        return [*printed, str(len(products))]


async def customer_of(session: AsyncSession, email: str, name: str) -> Customer:
    """Return the customer of this address; of two that insert one, one is refused."""
    customers = CustomerRepository(session)
    customer = await customers.find_one(Customer.email == email)
    if customer is None:
        try:
            customer = await customers.add(Customer(email=email, name=name))
        except Conflict:
            customer = await customers.find_one(Customer.email == email)
    if customer is None:
        raise Conflict("it was there, and is gone")
    return customer


async def sell(session: AsyncSession, key: int, names: Iterable[str]) -> int:
    """Take one from the stock of a product, which has a version; count in memory."""
    product = await ProductRepository(session).get_one(key)
    product.stock -= 1
    await ProductRepository(session).flush()
    return max((len(name) for name in names), default=0) + 1


class Labels:
    """Prints labels; one session is enough for all."""

    def __init__(self, session: AsyncSession) -> None:
        self.products = ProductRepository(session)

    async def print(self, keys: list[int]) -> list[str]:
        """Return what is printed, the longest first."""
        products = await self.products.by_keys(keys)
        return sorted((self.one(product) for product in products), key=len)

    def one(self, product: Product) -> str:
        """Return what is printed of one."""
        return label(product)
