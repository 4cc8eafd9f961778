{% if served %}
"""What requests, responses and files carry."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from ..web import Paging
{% else %}
"""What files carry."""

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
{% endif %}

# No control characters: databases cannot store 0, and others drive a terminal.
Sku = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
    ),
]
Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
    ),
]
Price = Annotated[int, Field(ge=0, le=10**12)]
Stock = Annotated[int, Field(ge=0, le=10**9)]


class ProductRow(BaseModel, extra="forbid"):
    """A line of an import."""

    sku: Sku
    name: Title
    price_cents: Price
    stock: Stock
{% if served %}


class ProductCreate(ProductRow):
    """A new product."""

    categories: list[Sku] = Field([], max_length=20)


class ProductUpdate(BaseModel, extra="forbid"):
    """Changes to a product; `version` is the one that was read, the rest may be left out."""

    version: int
    name: Title | None = None
    price_cents: Price | None = None
    stock: Stock | None = None


class ProductQuery(Paging):
    """The query of the list of products."""

    category: Sku | None = None
{% endif %}
