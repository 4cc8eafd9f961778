"""The tables of the benchmark, on the rendered project's own base and mixins."""

from datetime import datetime

from my_service.database import (
    Base,
    Cents,
    IntegerKey,
    Str64,
    Str200,
    Timestamps,
    Versioned,
)
from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .inputs import Status


class Columns(IntegerKey, Versioned, Timestamps):
    """What both tables of items have."""

    sku: Mapped[Str64] = mapped_column(unique=True)
    name: Mapped[Str200]
    price_cents: Mapped[Cents]
    stock: Mapped[int]
    listed_at: Mapped[datetime]
    status: Mapped[Status]


class Item(Columns, Base):
    """What is written and found by key."""

    __tablename__ = "bench_items"


class Stored(Columns, Base):
    """What is in the table of items before each upsert and update."""

    __tablename__ = "bench_stored"


class Archived(Columns, Base):
    """What is paged through and streamed."""

    __tablename__ = "bench_archive"
    __table_args__ = (Index(None, "listed_at", "id"),)


class Parent(IntegerKey, Base):
    """What is listed."""

    __tablename__ = "bench_parents"

    shelf: Mapped[int] = mapped_column(index=True)
    name: Mapped[Str64]
    children: Mapped[list["Child"]] = relationship(
        lazy="raise", order_by=lambda: Child.id
    )


class Child(IntegerKey, Base):
    """What belongs to a parent."""

    __tablename__ = "bench_children"

    parent_id: Mapped[int] = mapped_column(ForeignKey(Parent.id), index=True)
    name: Mapped[Str64]
    price_cents: Mapped[Cents]
    grandchildren: Mapped[list["Grandchild"]] = relationship(
        lazy="raise", order_by=lambda: Grandchild.id
    )


class Grandchild(IntegerKey, Base):
    """What belongs to a child."""

    __tablename__ = "bench_grandchildren"

    child_id: Mapped[int] = mapped_column(ForeignKey(Child.id), index=True)
    name: Mapped[Str64]
    quantity: Mapped[int]
