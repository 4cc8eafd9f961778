"""Say in SQL what SQLAlchemy cannot, and why."""

from sqlalchemy import text

from ...catalogue.models import Product
from ...database import Repository


class RawSqlRepository(Repository[Product]):
    """Say in SQL what SQLAlchemy cannot, and why."""

    model = Product

    async def plan(self, sku: str) -> list[str]:
        """Return how the database would find a product."""
        # waive: Q11 (the planner is asked)
        statement = text("EXPLAIN SELECT * FROM products WHERE sku = :sku")
        found = await self.session.execute(statement.bindparams(sku=sku))
        return [str(row) for row in found]
