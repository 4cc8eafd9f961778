"""A collection that is never loaded as a whole."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from ...database import Base, IntegerKey, Timestamps


class Sensor(IntegerKey, Timestamps, Base):
    """Something that measures, for years."""

    __tablename__ = "sensors"

    readings: WriteOnlyMapped["Reading"] = relationship(
        back_populates="sensor", cascade="all, delete-orphan", passive_deletes=True
    )


class Reading(IntegerKey, Timestamps, Base):
    """What a sensor measured."""

    __tablename__ = "readings"

    sensor_id: Mapped[int] = mapped_column(
        ForeignKey("sensors.id", ondelete="CASCADE"), index=True
    )
    value: Mapped[float]

    sensor: Mapped[Sensor] = relationship(back_populates="readings", lazy="raise")
