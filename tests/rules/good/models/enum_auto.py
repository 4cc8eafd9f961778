"""An enum whose values follow from its names."""

from enum import StrEnum, auto

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Timestamps


class Season(StrEnum):
    """A time of the year."""

    SPRING = auto()
    AUTUMN = auto()


class EnumAuto(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_enum_auto"

    season: Mapped[Season]
