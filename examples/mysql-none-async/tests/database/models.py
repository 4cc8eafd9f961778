"""Tables that only the contract of the data layer knows."""

from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import Mapped, mapped_column, relationship

from my_service.database import (
    Base,
    IdempotencyKey,
    IntegerKey,
    Repository,
    SoftDelete,
    Str64,
    Timestamps,
    UUIDKey,
    Versioned,
    unique_unless_deleted,
)


class Scratch(Base):
    """A base apart, so that the application's metadata does not hold these tables."""

    __abstract__ = True
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)


class Kind(Enum):
    """A member has a name and another value."""

    MOTH = "a moth"
    BEETLE = "a beetle"


class Drawer(UUIDKey, Scratch):
    __tablename__ = "drawer"

    label: Mapped[Str64]

    specimens: Mapped[list["Specimen"]] = relationship(
        back_populates="drawer", lazy="raise", passive_deletes="all"
    )


class Specimen(IntegerKey, Versioned, Timestamps, SoftDelete, Scratch):
    """A row with one of everything."""

    __tablename__ = "specimen"
    __table_args__ = (
        unique_unless_deleted("code"),
        CheckConstraint("legs >= 0", name="legs_not_negative"),
    )

    code: Mapped[Str64]
    legs: Mapped[int]
    rating: Mapped[int | None]
    kind: Mapped[Kind | None]
    found_at: Mapped[datetime | None]
    picture: Mapped[bytes | None]
    notes: Mapped[dict[str, object] | None]
    drawer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("drawer.id", ondelete="NO ACTION"), index=True
    )

    drawer: Mapped[Drawer | None] = relationship(
        back_populates="specimens", lazy="raise"
    )


class SpecimenRequest(IdempotencyKey, Scratch):
    __tablename__ = "specimen_request"


class SpecimenRepository(Repository[Specimen]):
    model = Specimen
