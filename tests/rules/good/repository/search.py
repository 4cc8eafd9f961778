"""A search that escapes."""

from sqlalchemy import select

from ...catalogue.models import Product
from ...database import Repository


class SearchRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def search(self, term: str) -> list[Product]:
        """Return what has the term in its name."""
        named = Product.name.icontains(term, autoescape=True)
        statement = select(Product).where(named).order_by(Product.id).limit(50)
        return list(await self.session.scalars(statement))
