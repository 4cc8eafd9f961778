"""A model that is a dataclass."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column, relationship
from uuid_utils.compat import uuid7

from ...database import Base, Str64
from ...orders.models import Customer


# waive: M14 (badges are made once a night, and never change)
class Badge(MappedAsDataclass, Base):
    """What a customer has earned."""

    __tablename__ = "badges"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )
    title: Mapped[Str64]
    customer: Mapped[Customer] = relationship(lazy="raise", init=False, repr=False)
    id: Mapped[UUID] = mapped_column(
        primary_key=True, init=False, default_factory=uuid7
    )
