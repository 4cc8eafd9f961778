"""A statement for each of a few models that the code names."""

from sqlalchemy.ext.asyncio import AsyncSession

from ...catalogue.repository import CategoryRepository, ProductRepository


async def counts(session: AsyncSession) -> list[int]:
    """Count what there is."""
    found = []
    for kind in (CategoryRepository, ProductRepository):
        found.append(await kind(session).count())
    return found
