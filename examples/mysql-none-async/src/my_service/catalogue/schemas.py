"""Lines of files."""

from typing import Annotated

from pydantic import BaseModel, Field

from ..schemas import Price, Text64, Text200

Sku = Annotated[Text64, Field(examples=["TEA-M"])]
ProductName = Annotated[Text200, Field(examples=["Tea, size M"])]
Stock = Annotated[int, Field(strict=True, ge=0, le=10**9, examples=[10])]


class ProductRow(BaseModel, extra="forbid"):
    """A line of an import."""

    sku: Sku
    name: ProductName
    price_cents: Price
    stock: Stock
