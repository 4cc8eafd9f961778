# mypy: disable-error-code="import-not-found", disallow-subclassing-any=False
"""Tables that tell exactly what was done, and how often."""

from my_service.database import Base, IdempotencyKey, Str64
from sqlalchemy import Connection
from sqlalchemy.orm import Mapped, mapped_column


class Counter(Base):
    """A row that many want to change."""

    __tablename__ = "fault_counters"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Step(Base):
    """One for each time that something was done: what is done twice is here twice."""

    __tablename__ = "fault_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[Str64]


class Done(IdempotencyKey):
    """What was asked for once."""

    __tablename__ = "fault_done"


def create_tables(connection: Connection) -> None:
    """Create those that are not there."""
    Base.metadata.create_all(connection)
