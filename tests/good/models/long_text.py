"""A long text."""

from sqlalchemy.orm import Mapped

from ...database.base import Base
from ...database.mixins import IntegerKey, Timestamps
from ...database.types import LongText


class Manual(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_long_text"

    content: Mapped[LongText]
