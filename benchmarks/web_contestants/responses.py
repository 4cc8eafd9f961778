"""What the contestants with entities answer: response models that read attributes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from my_service.orders.models import Order, OrderStatus
from pydantic import AliasPath, BaseModel, Field, computed_field


class LineResponse(BaseModel, from_attributes=True):
    """A line of an order."""

    sku: str = Field(validation_alias=AliasPath("product", "sku"))
    name: str = Field(validation_alias=AliasPath("product", "name"))
    quantity: int
    price_cents: int


class OrderResponse(BaseModel, from_attributes=True):
    """An order."""

    id: UUID
    customer_id: int
    status: OrderStatus
    lines: list[LineResponse]
    created_at: datetime

    @computed_field  # type: ignore[prop-decorator]
    @property
    def total_cents(self) -> int:
        """The price of all lines."""
        return sum(line.quantity * line.price_cents for line in self.lines)


class PageResponse(BaseModel, from_attributes=True):
    """A page of orders."""

    items: list[OrderResponse]
    next_cursor: str | None


def page(orders: Sequence[Order], limit: int) -> dict[str, Any]:
    """Return what FastAPI makes a response of."""
    items = orders[:limit]
    cursor = str(items[-1].id) if len(orders) > limit else None
    return {"items": items, "next_cursor": cursor}
