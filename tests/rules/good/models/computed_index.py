"""An index of an expression."""

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Str254, Timestamps


class Subscriber(IntegerKey, Timestamps, Base):
    """Somebody who reads; the address is found in any spelling."""

    __tablename__ = "subscribers"

    email: Mapped[Str254] = mapped_column()

    __table_args__ = (Index("ix_subscribers_email", func.lower(email), unique=True),)
