"""References that hold what they refer to."""

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, BigInt, IntegerKey, Str64, Str200, Timestamps


class Warehouse(IntegerKey, Timestamps, Base):
    """It has a code."""

    __tablename__ = "warehouses"
    __table_args__ = (UniqueConstraint("id", "code"),)

    code: Mapped[Str64] = mapped_column(unique=True)


class Delivery(IntegerKey, Timestamps, Base):
    """It names a warehouse in three ways; one of them may be longer than need be."""

    __tablename__ = "deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["other_id", "other"], ["warehouses.id", "warehouses.code"], ondelete="RESTRICT"
        ),
        Index(None, "other_id", "other"),
    )

    of: Mapped[str] = mapped_column(
        String(200), ForeignKey("warehouses.code", ondelete="RESTRICT"), index=True
    )
    to: Mapped[str] = mapped_column(
        ForeignKey("warehouses.code", ondelete="RESTRICT"), index=True
    )
    other_id: Mapped[BigInt]
    other: Mapped[Str200]
