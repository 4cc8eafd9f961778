"""A column that the database computes, with an index."""

from sqlalchemy import Computed
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class Parcel(IntegerKey, Timestamps, Base):
    """A box, in millimetres."""

    __tablename__ = "parcels"

    width: Mapped[int]
    height: Mapped[int]
    area: Mapped[int | None] = mapped_column(Computed("width * height"), index=True)
