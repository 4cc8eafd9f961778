"""A table for what all have, and one for what each has of its own."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Str200, Str64, Timestamps


class Payment(IntegerKey, Timestamps, Base):
    """Money that came."""

    __tablename__ = "payments"
    __mapper_args__ = {**Base.__mapper_args__, "polymorphic_on": "kind"}

    kind: Mapped[Str64]


class CardPayment(Payment):
    """By card."""

    __tablename__ = "card_payments"
    __mapper_args__ = {"polymorphic_identity": "card"}

    id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[Str64]


class Transfer(Payment):
    """By bank."""

    __tablename__ = "transfers"
    __mapper_args__ = {"polymorphic_identity": "transfer"}

    id: Mapped[int] = mapped_column(
        ForeignKey("payments.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[Str200 | None]
