"""One index for a foreign key and the order of a list."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class Message(IntegerKey, Timestamps, Base):
    """The newest of a customer are shown first."""

    __tablename__ = "messages"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE")
    )
    sent: Mapped[int] = mapped_column()

    __table_args__ = (Index(None, customer_id, sent.desc()),)
