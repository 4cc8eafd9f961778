"""Documents in columns."""

from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps
from ...database.DATABASE.types import JSON


class Form(IntegerKey, Timestamps, Base):
    """What was filled in."""

    __tablename__ = "forms"

    answers: Mapped[dict[str, object]]
    tags: Mapped[list[object] | None]
    draft: Mapped[dict[str, object]] = mapped_column(MutableDict.as_mutable(JSON))
