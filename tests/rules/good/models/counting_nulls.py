"""A key that counts NULL as a value, and an index of some rows beside one of all."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Str64, Timestamps


class Seat(IntegerKey, Timestamps, Base):
    """A seat, of a row or of none."""

    __tablename__ = "seats"
    __table_args__ = (
        UniqueConstraint("row", "number", postgresql_nulls_not_distinct=True),
        Index(
            "ix_seats_taken",
            "customer_id",
            unique=True,
            postgresql_where=text("customer_id IS NOT NULL"),
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
    )

    row: Mapped[Str64 | None]
    number: Mapped[int]
    customer_id: Mapped[int | None] = mapped_column(
        ForeignKey("customers.id", ondelete="SET NULL"), index=True
    )
