"""A table for each class, with all columns."""

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, BigInt, IntegerKey, Str64, Timestamps


class Page(IntegerKey, Timestamps, Base):
    """A page that is shown."""

    __tablename__ = "pages"

    path: Mapped[Str64] = mapped_column(unique=True)


class ArchivedPage(Page):
    """A page that was shown once."""

    __tablename__ = "archived_pages"
    __mapper_args__ = {**Base.__mapper_args__, "concrete": True}

    id: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    path: Mapped[Str64] = mapped_column(index=True)
