"""The catalogue as it is shown."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class ProductRead:
    """A product, with the names of its categories."""

    id: int
    sku: str
    name: str
    price_cents: int
    stock: int
    version: int
    created_at: datetime
    updated_at: datetime
    categories: list[str] = field(default_factory=list)
