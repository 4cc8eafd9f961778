"""A column that is checked."""

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Timestamps


class Checked(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_checked"

    __table_args__ = (CheckConstraint(text("size > 0"), name="size_positive"),)

    size: Mapped[int]
