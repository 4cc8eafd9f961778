"""Columns that are called like dates, money or states, and are none."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, FetchedValue
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Str64, Str200, Timestamps


class Status(StrEnum):
    """How far it is."""

    OPEN = "open"


class Battery(IntegerKey, Timestamps, Base):
    """It has a charge, and depends on others."""

    __tablename__ = "batteries"

    status: Mapped[Status]
    depends_on: Mapped[Str64]
    state: Mapped[Str64]
    state_of_charge: Mapped[float]
    discount_rate: Mapped[float]
    deleted_rows: Mapped[int]
    # A trigger of a migration sets it.
    changes: Mapped[int] = mapped_column(server_default="0", server_onupdate=FetchedValue())


class Printer(IntegerKey, Timestamps, Base):
    """What it shows, and what it was told to be."""

    __tablename__ = "printers"
    __table_args__ = (CheckConstraint("status IN ('on', 'off')", name="status_known"),)

    status: Mapped[Str64]


class Lamp(IntegerKey, Timestamps, Base):
    """It says how it is, in words."""

    __tablename__ = "lamps"

    status: Mapped[Str200]
