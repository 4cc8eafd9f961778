"""A file."""

from sqlalchemy.orm import Mapped

from ...database.base import Base
from ...database.mixins import IntegerKey, Timestamps


class BytesOf(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_bytes_of"

    content: Mapped[bytes]
