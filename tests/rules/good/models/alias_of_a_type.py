"""Types with a name, one of which may be None."""

from enum import StrEnum
from typing import Annotated, Optional

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, IntegerKey, Timestamps

Remark = Annotated[str | None, mapped_column(String(200))]


class Weather(StrEnum):
    """What it looks like outside."""

    FINE = "fine"
    WET = "wet"


class Diary(IntegerKey, Timestamps, Base):
    """A day."""

    __tablename__ = "diaries"

    remark: Mapped[Remark]
    mood: Mapped[Optional[int]]  # noqa: UP045 (old code has it)
    weather: Mapped[Weather] = mapped_column(default=Weather.FINE)
