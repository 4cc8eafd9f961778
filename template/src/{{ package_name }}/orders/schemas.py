"""What requests and responses carry."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from ..catalogue.schemas import Sku, Title
from ..web import Paging

Email = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f-\x9f]+@[^@\s\x00-\x1f\x7f-\x9f]+$"
    ),
]
Key = Annotated[int, Field(ge=1, le=2**63 - 1)]


class CustomerCreate(BaseModel, extra="forbid"):
    """A new customer."""

    email: Email
    name: Title


class CustomerRead(BaseModel, from_attributes=True):
    """A customer as stored."""

    id: int
    email: str
    name: str
    created_at: datetime
    updated_at: datetime


class LineCreate(BaseModel, extra="forbid"):
    """How many pieces of a product are ordered."""

    sku: Sku
    quantity: int = Field(ge=1, le=10**6)


class OrderCreate(BaseModel, extra="forbid"):
    """A new order."""

    customer_id: Key
    lines: list[LineCreate] = Field(min_length=1, max_length=100)

    def quantities(self) -> dict[str, int]:
        """Return the pieces by sku; lines of the same sku are added up."""
        totals: dict[str, int] = {}
        for line in self.lines:
            totals[line.sku] = totals.get(line.sku, 0) + line.quantity
        return totals


class OrderQuery(Paging):
    """The query of the list of orders."""

    customer_id: Key | None = None
