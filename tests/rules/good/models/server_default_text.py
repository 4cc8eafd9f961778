"""A default that is SQL."""

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class ServerDefaultText(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_server_default_text"

    size: Mapped[int] = mapped_column(server_default=text("0"))
