"""What may be there."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import ProductRepository


async def name_of(session: AsyncSession, key: int | None) -> str | None:
    """Return a name, if there is one."""
    if key is None or key == 0:
        return None
    product = await ProductRepository(session).get(key)
    return product.name if product else None
