"""Waiting between units of work."""

import time

from ...catalogue.repository import ProductRepository
from ...database import Sessions, unit_of_work


async def sold_out_is_over(sessions: Sessions, key: int) -> None:
    """Look from time to time."""
    while True:
        async with unit_of_work(sessions) as session:
            product = await ProductRepository(session).get(key)
            if product is not None and product.stock:
                return
        await pause()


async def pause() -> None:
    """Wait."""
    print(time.monotonic())
