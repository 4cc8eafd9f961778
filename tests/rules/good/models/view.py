"""A view, which a migration makes: it is no table of the metadata."""

from sqlalchemy import Column, Date, Integer, MetaData, String, Table
from sqlalchemy.orm import Mapped

from ...database import Base

VIEWS = MetaData()


class Turnover(Base):
    """What was sold on a day; only to be read."""

    __table__ = Table(
        "daily_turnover",
        VIEWS,
        Column("day", Date, primary_key=True),
        Column("shopName", String),
        Column("cents", Integer),
    )
    cents: Mapped[int]
