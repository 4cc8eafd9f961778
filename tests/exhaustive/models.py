"""Tables that only the tests of the data layer know."""

from datetime import date, datetime, time
from enum import Enum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, MetaData
from sqlalchemy.orm import Mapped, mapped_column, relationship

from {{ package_name }}.database import (
    Base,
    BigInt,
    IdempotencyKey,
    IntegerKey,
    LongText,
    SoftDelete,
    Str64,
    Str200,
    Timestamps,
    UUIDKey,
    Versioned,
    unique_unless_deleted,
)
from {{ package_name }}.database.base import NAMING_CONVENTION


class Scratch(Base):
    """A base apart, so that the application's metadata does not hold these tables."""

    __abstract__ = True
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Colour(Enum):
    """Something with a name and another value."""

    RED = "red wine"
    GREEN = "green tea"


class Sample(IntegerKey, Scratch):
    """A column of each type."""

    __tablename__ = "sample"

    integer: Mapped[int | None]
    big: Mapped[BigInt | None]
    yes: Mapped[bool | None]
    real: Mapped[float | None]
    short: Mapped[Str64 | None]
    long: Mapped[LongText | None]
    raw: Mapped[bytes | None]
    day: Mapped[date | None]
    clock: Mapped[time | None]
    moment: Mapped[datetime | None]
    key: Mapped[UUID | None]
    colour: Mapped[Colour | None]
    document: Mapped[dict[str, object] | None]
    series: Mapped[list[object] | None]


class Shelf(UUIDKey, Scratch):
    """Something that notes refer to."""

    __tablename__ = "shelf"

    label: Mapped[Str64]
    code: Mapped[Str64 | None] = mapped_column("shelf_code", unique=True)

    notes: Mapped[list["Note"]] = relationship(
        back_populates="shelf", lazy="raise", passive_deletes="all"
    )


class Note(IntegerKey, Versioned, Timestamps, SoftDelete, Scratch):
    """A note, with one of everything."""

    __tablename__ = "note"
    __table_args__ = (
        unique_unless_deleted("slug"),
        CheckConstraint("rank >= 0", name="rank_not_negative"),
    )

    slug: Mapped[Str64]
    text: Mapped[Str200]
    rank: Mapped[int]
    priority: Mapped[int | None]
    shelf_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("shelf.id", ondelete="RESTRICT"), index=True
    )

    shelf: Mapped[Shelf | None] = relationship(back_populates="notes", lazy="raise")


{% if not mysql %}
class Loan(IntegerKey, Scratch):
    """Somebody has a note; whether there is one is asked only by the commit."""

    __tablename__ = "loan"

    note_id: Mapped[int] = mapped_column(
        ForeignKey(
            "note.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"
        ),
        index=True,
    )


{% endif %}
class Done(IdempotencyKey, Scratch):
    """What was done once."""

    __tablename__ = "done"
