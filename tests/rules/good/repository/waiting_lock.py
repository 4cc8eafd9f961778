"""A queue that skips what others work at."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class WaitingLockRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def free(self, keys: list[int]) -> list[Product]:
        """Lock those that nobody has."""
        chosen = (
            select(Product)
            .where(Product.id.in_(keys))
            .with_for_update(skip_locked=True)
        )
        return list(await self.session.scalars(chosen))
