"""An index of some rows beside one of all."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class NumberedSeat(IntegerKey, Timestamps, Base):
    """A seat, taken or not."""

    __tablename__ = "numbered_seats"
    __table_args__ = (
        Index(
            "ix_numbered_seats_taken",
            "customer_id",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
    )

    number: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL"), index=True
    )
