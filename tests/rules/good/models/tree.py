"""A tree: sections within sections."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps


class Section(IntegerKey, Timestamps, Base):
    """A part of a book, within another one or at the top."""

    __tablename__ = "sections"

    title: Mapped[Str64]
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("sections.id", ondelete="CASCADE"), index=True
    )

    parent: Mapped["Section | None"] = relationship(
        back_populates="children", remote_side="Section.id", lazy="raise"
    )
    children: Mapped[list["Section"]] = relationship(
        back_populates="parent",
        cascade="all, delete",
        passive_deletes=True,
        lazy="raise",
    )
