"""Two columns that are one value."""

from dataclasses import dataclass

from sqlalchemy.orm import Mapped, composite, mapped_column

from ...database import Base, IntegerKey, Timestamps


@dataclass(frozen=True)
class Position:
    """A place on earth, in degrees."""

    latitude: float
    longitude: float


class Buoy(IntegerKey, Timestamps, Base):
    """It swims somewhere."""

    __tablename__ = "buoys"

    position: Mapped[Position] = composite(
        mapped_column("latitude"), mapped_column("longitude")
    )
