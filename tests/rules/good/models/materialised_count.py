"""A count that is kept beside what is counted."""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ...catalogue.models import Product
from ...database import Base


class SoldCount(Base):
    """How many pieces of a product were ever sold."""

    __tablename__ = "sold_counts"
    __table_args__ = (CheckConstraint("sold >= 0", name="sold_not_negative"),)

    product_id: Mapped[int] = mapped_column(
        ForeignKey(Product.id, ondelete="CASCADE"), primary_key=True
    )
    sold: Mapped[int] = mapped_column(default=0)
