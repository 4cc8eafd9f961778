"""Columns that are loaded only when a query asks for them."""

from sqlalchemy.orm import Mapped, deferred, mapped_column

from ...database import Base, IntegerKey, LongText, Str64, Timestamps


class Manual(IntegerKey, Timestamps, Base):
    """A text of a thousand pages, with its picture."""

    __tablename__ = "manuals"

    title: Mapped[Str64]
    body: Mapped[LongText] = mapped_column(deferred=True, deferred_raiseload=True)
    picture: Mapped[bytes | None] = deferred(mapped_column(), group="large")

    def __repr__(self) -> str:
        """Show what is always loaded."""
        return f"<Manual {self.title}>"
