"""A long text."""

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, LongText, Timestamps


class Manual(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_long_text"

    content: Mapped[LongText]
