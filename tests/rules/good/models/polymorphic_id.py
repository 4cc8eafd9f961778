"""A reference to rows of several tables."""

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Str64, Timestamps


class PolymorphicId(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_polymorphic_id"

    thing_type: Mapped[Str64]
    thing_id: Mapped[int]
