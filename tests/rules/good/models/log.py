"""Rows that are written once: there is no updated_at."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, UUIDKey
from ...database.DATABASE.types import NOW
from ...database import Str64


class Visit(UUIDKey, Base):
    """Somebody was here."""

    __tablename__ = "visits"

    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)
    path: Mapped[Str64]
