"""An error that is told inside, and goes on."""

import logging

from ...catalogue.repository import ProductRepository
from ...database import NotFound, Sessions, unit_of_work

logger = logging.getLogger(__name__)


async def drop(sessions: Sessions, key: int) -> None:
    """Drop a product."""
    async with unit_of_work(sessions) as session:
        try:
            product = await ProductRepository(session).get_one(key)
        except NotFound:
            logger.info("there is none")
            raise
        product.delete()
