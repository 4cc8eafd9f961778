"""Tables in a schema of their own."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Account(IntegerKey, Timestamps, Base):
    """Where money is counted."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("number"), {"schema": "ledger"})

    number: Mapped[Str64]


class Booking(IntegerKey, Timestamps, Base):
    """Money that moved."""

    __tablename__ = "bookings"
    __table_args__ = ({"schema": "ledger", "comment": "never changed"},)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger.accounts.id", ondelete="RESTRICT"), index=True
    )

    account: Mapped[Account] = relationship(lazy="raise")
