"""A day and a moment."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Timestamps


class Dated(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_dated"

    day: Mapped[date]
    used_at: Mapped[datetime | None]
