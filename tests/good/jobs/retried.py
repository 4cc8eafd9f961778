"""Work that is run again."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository
from ...database.retry import run
from ...database.session import Sessions


async def take(session: AsyncSession, key: int) -> None:
    """Take one."""
    product = await ProductRepository(session).get_one(key)
    product.stock -= 1


async def take_one(sessions: Sessions, key: int) -> None:
    """Take one, though others do."""
    await run(sessions, partial(take, key=key))
