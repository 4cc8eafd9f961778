"""Rows that are hidden, and a name that may be taken again."""

from sqlalchemy.orm import Mapped

from ...database import (
    Base,
    SoftDelete,
    Str64,
    Timestamps,
    UUIDKey,
    Versioned,
    unique_unless_deleted,
)


class Channel(UUIDKey, Versioned, Timestamps, SoftDelete, Base):
    """Where messages are written."""

    __tablename__ = "channels"
    __table_args__ = (unique_unless_deleted("name"),)

    name: Mapped[Str64]
