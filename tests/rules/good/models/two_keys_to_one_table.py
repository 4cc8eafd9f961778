"""Two foreign keys to the same table."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Town(IntegerKey, Timestamps, Base):
    """Where flights begin and end."""

    __tablename__ = "towns"

    name: Mapped[Str64]

    departures: Mapped[list["Flight"]] = relationship(
        foreign_keys="Flight.origin_id",
        back_populates="origin",
        passive_deletes="all",
        lazy="raise",
    )


class Flight(IntegerKey, Timestamps, Base):
    """From one town to another."""

    __tablename__ = "flights"

    origin_id: Mapped[int] = mapped_column(
        ForeignKey("towns.id", ondelete="RESTRICT"), index=True
    )
    destination_id: Mapped[int] = mapped_column(
        ForeignKey("towns.id", ondelete="RESTRICT"), index=True
    )

    origin: Mapped[Town] = relationship(
        foreign_keys=origin_id, back_populates="departures", lazy="raise"
    )
    destination: Mapped[Town] = relationship(foreign_keys=destination_id, lazy="raise")
