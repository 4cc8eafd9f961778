"""Requests, responses and lines of files."""

from typing import Annotated

from pydantic import MISSING, BaseModel, Field

from ..schemas import Paging, Price, Text64, Text200

Sku = Annotated[Text64, Field(examples=["TEA-M"])]
ProductName = Annotated[Text200, Field(examples=["Tea, size M"])]
Stock = Annotated[int, Field(strict=True, ge=0, le=10**9, examples=[10])]


class ProductRow(BaseModel, extra="forbid"):
    """A line of an import."""

    sku: Sku
    name: ProductName
    price_cents: Price
    stock: Stock


class ProductCreate(ProductRow):
    """A new product."""

    categories: list[Text64] = Field([], max_length=20, examples=[["Hot drinks"]])


class ProductUpdate(BaseModel, extra="forbid"):
    """Changes to a product; what is left out stays as it is.

    `version` is the one that was read. It may be left out where If-Match says it.
    """

    version: int | None = Field(None, strict=True, lt=2**31, examples=[1])
    name: ProductName | MISSING = MISSING
    price_cents: Price | MISSING = MISSING
    stock: Stock | MISSING = MISSING


class ProductQuery(Paging):
    """The query of the list of products."""

    category: Text64 | None = None
