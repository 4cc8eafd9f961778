"""Several classes in one table: a subclass cannot demand a value of the others' rows."""

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Str64, Timestamps


class Vehicle(IntegerKey, Timestamps, Base):
    """Something that drives."""

    __tablename__ = "vehicles"
    __mapper_args__ = {
        **Base.__mapper_args__,
        "polymorphic_on": "kind",
        "polymorphic_identity": "vehicle",
    }

    kind: Mapped[Str64]


class Truck(Vehicle):
    """It carries something."""

    __mapper_args__ = {"polymorphic_identity": "truck"}

    tons: Mapped[int] = mapped_column(nullable=True)


class Bus(Vehicle):
    """It carries somebody."""

    __mapper_args__ = {"polymorphic_identity": "bus"}

    seats: Mapped[int | None]
