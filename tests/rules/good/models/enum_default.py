"""An enum with a default."""

from enum import Enum

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class Mood(Enum):
    """How it is."""

    GOOD = "good"
    BAD = "bad"


class EnumDefault(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_enum_default"

    mood: Mapped[Mood] = mapped_column(default=Mood.GOOD)
