"""A type of one's own."""

from decimal import Decimal

from sqlalchemy import Dialect, Numeric, String, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class Lowered(TypeDecorator[str]):
    """A text in lower case."""

    impl = String(64)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Lower it."""
        return value and value.lower()


class Coin(IntegerKey, Timestamps, Base):
    """A currency, and what it is worth."""

    __tablename__ = "coins"

    code: Mapped[str] = mapped_column(Lowered(), unique=True)
    worth: Mapped[Decimal] = mapped_column(Numeric(18, 6))
