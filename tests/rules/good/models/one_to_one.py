"""One of each: a customer has at most one profile."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Machine(IntegerKey, Timestamps, Base):
    """Something with a licence, perhaps."""

    __tablename__ = "machines"

    licence: Mapped["Licence | None"] = relationship(
        back_populates="machine",
        cascade="all, delete-orphan",
        passive_deletes=True,
        lazy="raise",
    )


class Licence(IntegerKey, Timestamps, Base):
    """The right to run a machine."""

    __tablename__ = "licences"

    machine_id: Mapped[int] = mapped_column(
        ForeignKey("machines.id", ondelete="CASCADE"), unique=True
    )
    number: Mapped[Str64]

    machine: Mapped[Machine] = relationship(back_populates="licence", lazy="raise")
