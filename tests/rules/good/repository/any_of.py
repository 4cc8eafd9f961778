"""Conditions from a list."""

from sqlalchemy import or_, select

from ...catalogue.models import Product
from ...database import Repository


class AnyOfRepository(Repository[Product]):
    """Finds products."""

    model = Product

    async def any_of(self, words: list[str]) -> list[Product]:
        """Return what has any of the words."""
        named = [Product.name.contains(word, autoescape=True) for word in words]
        statement = select(Product).where(or_(*named)).order_by(Product.id).limit(20)
        return list(await self.session.scalars(statement))
