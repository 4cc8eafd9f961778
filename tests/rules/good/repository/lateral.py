"""Join each row with a query of its own."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select, true

from ...database import Repository
from ...orders.models import Customer, Order


class LateralRepository(Repository[Customer]):
    """Finds customers."""

    model = Customer

    async def with_last_order(self) -> Sequence[Row[int, UUID]]:
        """Return each customer's newest order."""
        newest = (
            select(Order.id)
            .where(Order.customer_id == Customer.id)
            .order_by(Order.created_at.desc(), Order.id.desc())
            .limit(1)
            .lateral()
        )
        statement = select(Customer.id, newest.c.id).join(newest, true())
        return (await self.session.execute(statement)).all()
