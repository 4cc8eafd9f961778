"""An index of some rows only."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps

TAKEN = text("customer_id IS NOT NULL")


class Locker(IntegerKey, Timestamps, Base):
    """Most of them are free."""

    __tablename__ = "lockers"
    __table_args__ = (
        Index(
            "ix_lockers_taken",
            "customer_id",
            postgresql_where=TAKEN,
            sqlite_where=TAKEN,
        ),
    )

    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL")
    )
