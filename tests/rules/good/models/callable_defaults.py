"""Defaults that are made for each row."""

from uuid import UUID, uuid4

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class CallableDefaults(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_callable_defaults"

    tags: Mapped[dict[str, object]] = mapped_column(default=dict)
    code: Mapped[UUID] = mapped_column(default=uuid4)
