"""Work that is run again."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository
from ...database import Sessions, run_in_unit_of_work


async def take(session: AsyncSession, key: int) -> None:
    """Take one."""
    product = await ProductRepository(session).get_one(key)
    product.stock -= 1


async def take_one(sessions: Sessions, key: int) -> None:
    """Take one, though others do."""
    await run_in_unit_of_work(sessions, partial(take, key=key))
