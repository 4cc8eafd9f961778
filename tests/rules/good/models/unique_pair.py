"""Two columns that are unique together."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Timestamps


class UniquePair(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_unique_pair"

    __table_args__ = (UniqueConstraint("shelf", "place"),)

    shelf: Mapped[int]
    place: Mapped[int]
