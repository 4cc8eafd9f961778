"""A table that only the tests of the data layer know."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import Mapped, mapped_column, relationship

from {{ package_name }}.database.base import (
    NAMING_CONVENTION,
    Base,
)
from {{ package_name }}.database.mixins import (
    IntegerKey,
    SoftDelete,
    Timestamps,
    UUIDKey,
    Versioned,
    unique_among_living,
)
from {{ package_name }}.database.types import Str64, Str200


class Scratch(Base):
    """A base apart, so that the application's metadata does not hold these tables."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Shelf(UUIDKey, Scratch):
    """Something that notes refer to."""

    __tablename__ = "shelf"

    label: Mapped[Str64]


class Note(IntegerKey, Versioned, Timestamps, SoftDelete, Scratch):
    """A note, with one of everything."""

    __tablename__ = "note"
    __table_args__ = (
        unique_among_living("slug"),
        CheckConstraint("rank >= 0", name="rank_not_negative"),
    )

    slug: Mapped[Str64]
    text: Mapped[Str200]
    rank: Mapped[int]
    priority: Mapped[int | None]
    shelf_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("shelf.id", ondelete="RESTRICT"), index=True
    )

    shelf: Mapped[Shelf | None] = relationship(lazy="raise")
