"""One row that is locked."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class OneLockedRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def locked(self, key: int) -> Product | None:
        """Lock one."""
        statement = select(Product).where(Product.id == key).with_for_update()
        return (await self.session.scalars(statement)).one_or_none()
