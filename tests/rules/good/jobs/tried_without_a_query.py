"""Something that may fail in a unit of work, and has nothing to do with the database."""

import json

from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


def parsed(text: str) -> dict[str, int]:
    """Return what a text says of stocks."""
    stocks: dict[str, int] = json.loads(text)
    return stocks


async def restock(sessions: Sessions, text: str) -> None:
    """Take the stocks of a text, or none if nobody can read it."""
    async with unit_of_work(sessions) as session:
        try:
            stocks = parsed(text)
        except Exception:
            stocks = {}
        await ProductRepository(session).update_many(
            [{"sku": sku, "stock": stock} for sku, stock in stocks.items()]
        )
