"""NULL in conditions."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class NullConditionsRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def deleted(self) -> list[int]:
        """Return the keys of what was deleted."""
        gone = Product.deleted_at.is_not(None)
        statement = select(Product.id).where(gone).order_by(Product.id)
        options = {"include_deleted": True}
        found = await self.session.scalars(statement.execution_options(**options))
        return list(found)
