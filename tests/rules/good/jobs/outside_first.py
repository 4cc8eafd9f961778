"""What another service says is asked for before the unit of work."""

from collections.abc import Callable
from urllib.request import urlopen

from ...catalogue.models import Product
from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


def rate() -> int:
    """Ask for the exchange rate."""
    with urlopen("https://example.com/rate") as answer:
        return int(answer.read())


async def reprice_all(
    sessions: Sessions, keys: list[int], ask: Callable[[], int] = rate
) -> None:
    """Ask, then write."""
    factor = ask()
    async with unit_of_work(sessions) as session:
        products = ProductRepository(session)
        chosen = Product.id.in_(keys)
        await products.update_where(chosen, price_cents=Product.price_cents * factor)
