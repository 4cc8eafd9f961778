"""Keys of several columns, and a foreign key to them."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Seat(Timestamps, Base):
    """A seat in a row of a hall."""

    __tablename__ = "seats"

    hall: Mapped[Str64] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Ticket(IntegerKey, Timestamps, Base):
    """Somebody has a seat, or stands."""

    __tablename__ = "tickets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["hall", "number"], ["seats.hall", "seats.number"], ondelete="RESTRICT"
        ),
        Index(None, "number", "hall"),
    )

    hall: Mapped[Str64 | None]
    number: Mapped[int | None]

    seat: Mapped[Seat | None] = relationship(lazy="raise")
