"""A mixin of one's own, with a foreign key and a relationship."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ...database import Base, IntegerKey, Str64, Timestamps
from ...orders.models import Customer


class OfCustomer:
    """Belongs to a customer."""

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="CASCADE"), index=True
    )

    @declared_attr
    def customer(cls) -> Mapped[Customer]:
        """Who it belongs to."""
        return relationship(lazy="raise")


class Wish(OfCustomer, IntegerKey, Timestamps, Base):
    """What somebody would like to have."""

    __tablename__ = "wishes"

    name: Mapped[Str64]


class Complaint(OfCustomer, IntegerKey, Timestamps, Base):
    """What somebody would like to be rid of."""

    __tablename__ = "complaints"

    reason: Mapped[Str64]
