"""A truth with a default of the database."""

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps


class BooleanDefault(IntegerKey, Timestamps, Base):
    """It."""

    __tablename__ = "good_boolean_default"

    hidden: Mapped[bool] = mapped_column(server_default=false())
