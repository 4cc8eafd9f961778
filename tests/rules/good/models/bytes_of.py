"""A file."""

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Timestamps


class BytesOf(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_bytes_of"

    content: Mapped[bytes]
