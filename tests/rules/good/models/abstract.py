"""A base for some of the models."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from ...database import Base, IntegerKey, Str64, Timestamps


class Audited(IntegerKey, Timestamps, Base):
    """It is known who made it."""

    __abstract__ = True

    @declared_attr
    def author_id(cls) -> Mapped[int | None]:
        """Who made it, as long as we know them."""
        key = ForeignKey("customers.id", ondelete="SET NULL")
        return mapped_column(key, index=True)


class Report(Audited):
    """Something that was written up."""

    __tablename__ = "reports"

    title: Mapped[Str64]


class Memo(Audited):
    """Something that was noted."""

    __tablename__ = "memos"

    line: Mapped[Str64]
