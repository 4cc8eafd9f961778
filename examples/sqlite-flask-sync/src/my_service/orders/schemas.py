"""Requests and responses."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from ..catalogue.schemas import Sku
from ..schemas import Email, Id, Paging, Text200
from ..web import FromText

CustomerName = Annotated[Text200, Field(examples=["Ada"])]
Quantity = Annotated[int, Field(strict=True, ge=1, le=10**6, examples=[2])]


class CustomerCreate(BaseModel, extra="forbid"):
    """A new customer."""

    email: Email
    name: CustomerName


class CustomerRead(BaseModel, from_attributes=True):
    """A customer as stored."""

    id: int
    email: str
    name: str
    created_at: datetime
    updated_at: datetime


class LineCreate(BaseModel, extra="forbid"):
    """A line of a new order: so many pieces of a product."""

    sku: Sku
    quantity: Quantity


class OrderCreate(BaseModel, extra="forbid"):
    """A new order."""

    customer_id: Id
    lines: list[LineCreate] = Field(min_length=1, max_length=100)


class OrderQuery(Paging):
    """The query of the list of orders."""

    customer_id: FromText[Id] | None = None
