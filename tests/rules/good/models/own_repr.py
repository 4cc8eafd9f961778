"""A representation of columns."""

from sqlalchemy.orm import Mapped

from ...database import Base, IntegerKey, Str64, Timestamps


class OwnRepr(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_own_repr"

    name: Mapped[Str64]

    def __repr__(self) -> str:
        return f"<OwnRepr {self.id} {self.name}>"
