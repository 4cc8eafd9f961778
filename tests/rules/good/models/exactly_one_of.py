"""A comment on a product or on an order, never on both."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...catalogue.models import Product
from ...database import Base, IntegerKey, LongText, Timestamps
from ...orders.models import Order


class Comment(IntegerKey, Timestamps, Base):
    """What somebody says of one thing."""

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint(
            "(product_id IS NULL) <> (order_id IS NULL)", name="of_exactly_one"
        ),
    )

    text: Mapped[LongText]
    product_id: Mapped[int | None] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    order_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("orders.id", ondelete="CASCADE"), index=True
    )

    product: Mapped[Product | None] = relationship(lazy="raise")
    order: Mapped[Order | None] = relationship(lazy="raise")
