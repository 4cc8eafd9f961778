"""Orders as they are shown."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from .models import OrderStatus


@dataclass(slots=True)
class LineRead:
    """Some pieces of one product, at the price of the day."""

    sku: str
    name: str
    quantity: int
    price_cents: int


@dataclass(slots=True)
class OrderRead:
    """An order with its lines, and what they cost together."""

    id: UUID
    customer_id: int
    status: OrderStatus
    created_at: datetime
    lines: list[LineRead] = field(default_factory=list)
    total_cents: int = 0
