"""Rows that are hidden, and a name that may be taken again."""

from sqlalchemy.orm import Mapped

from ...database.base import Base
from ...database.mixins import (
    SoftDelete,
    Timestamps,
    UUIDKey,
    Versioned,
    unique_among_living,
)
from ...database.types import Str64


class Channel(UUIDKey, Versioned, Timestamps, SoftDelete, Base):
    """Where messages are written."""

    __tablename__ = "channels"
    __table_args__ = (unique_among_living("name"),)

    name: Mapped[Str64]
