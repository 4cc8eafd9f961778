"""Customers, and what they ordered."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..catalogue.models import Product
from ..database import (
    Base,
    Cents,
    IdempotencyKey,
    IntegerKey,
    Str200,
    Str254,
    Timestamps,
    UUIDKey,
)


class OrderStatus(StrEnum):
    """The state of an order."""

    PLACED = "placed"
    CANCELLED = "cancelled"


class Customer(IntegerKey, Timestamps, Base):
    __tablename__ = "customers"

    email: Mapped[Str254] = mapped_column(unique=True)
    name: Mapped[Str200]


class Order(UUIDKey, Timestamps, Base):
    __tablename__ = "orders"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"), index=True
    )
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.PLACED)

    lines: Mapped[list["OrderLine"]] = relationship(
        back_populates="order",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
        order_by="OrderLine.product_id",
    )


class OrderLine(Base):
    """Some pieces of one product, at the price of the day."""

    __tablename__ = "order_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity_positive"),)

    order_id: Mapped[UUID] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True
    )
    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    quantity: Mapped[int]
    price_cents: Mapped[Cents]

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")
    product: Mapped[Product] = relationship(lazy="raise")


class OrderRequest(IdempotencyKey):
    """A request for an order that may be repeated."""

    __tablename__ = "order_requests"
