"""Money and measures."""

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Cents, IntegerKey, Timestamps


class ExactNumbers(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_exact_numbers"

    price_cents: Mapped[Cents]
    weight: Mapped[Decimal] = mapped_column(Numeric(8, 3))
    score: Mapped[float]
