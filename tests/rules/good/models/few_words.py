"""Texts of which there are only a few."""

from sqlalchemy import Enum
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class Shirt(IntegerKey, Timestamps, Base):
    """A shirt in one of three sizes."""

    __tablename__ = "shirts"

    size: Mapped[str] = mapped_column(
        Enum("S", "M", "L", native_enum=False, create_constraint=False, length=4)
    )
