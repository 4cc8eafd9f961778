"""An index of an expression."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Str64, Timestamps


class LoweredIndex(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_lowered_index"

    __table_args__ = (Index("ix_good_lowered_index_lower", text("lower(code)")),)

    code: Mapped[Str64]
