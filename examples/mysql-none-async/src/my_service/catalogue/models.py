"""Products, and the categories they are found under."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import (
    Base,
    BigInt,
    Cents,
    IntegerKey,
    SoftDelete,
    Str64,
    Str200,
    Timestamps,
    Versioned,
    unique_unless_deleted,
)

product_categories = Table(
    "product_categories",
    Base.metadata,
    Column(
        "product_id", ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    ),
    Column(
        "category_id",
        ForeignKey("categories.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Category(IntegerKey, Timestamps, Base):
    __tablename__ = "categories"

    name: Mapped[Str64] = mapped_column(unique=True)

    products: Mapped[list["Product"]] = relationship(
        secondary=product_categories, back_populates="categories", lazy="raise"
    )


class Product(IntegerKey, Versioned, Timestamps, SoftDelete, Base):
    """Something that is sold; `stock` pieces of it are left."""

    __tablename__ = "products"
    __table_args__ = (
        unique_unless_deleted("sku"),
        CheckConstraint("price_cents >= 0", name="price_cents_not_negative"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
    )

    sku: Mapped[Str64]
    name: Mapped[Str200]
    price_cents: Mapped[Cents]
    # Wider than what one request may set: cancelled orders add to it.
    stock: Mapped[BigInt]

    categories: Mapped[list[Category]] = relationship(
        secondary=product_categories, back_populates="products", lazy="raise"
    )
