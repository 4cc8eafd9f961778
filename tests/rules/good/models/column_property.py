"""A column that is a query: how many chapters a book has."""

from sqlalchemy import ForeignKey, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column

from ...database import Base, IntegerKey, Str64, Timestamps
from ...database.DATABASE.types import INTEGER_KEY


class Chapter(IntegerKey, Timestamps, Base):
    """A chapter of a book."""

    __tablename__ = "chapters"

    book_id: Mapped[int] = mapped_column(
        ForeignKey("books.id", ondelete="CASCADE"), index=True
    )


class Book(Timestamps, Base):
    """A book, which knows how many chapters it has."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(INTEGER_KEY, primary_key=True)
    title: Mapped[Str64]
    subtitle: Mapped[Str64 | None]
    chapters: Mapped[int] = column_property(
        select(func.count(Chapter.id)).where(Chapter.book_id == id).scalar_subquery()
    )
