"""A table that only migrations fill, with a key that means something."""

from sqlalchemy.orm import Mapped, mapped_column

from ...database import Base, Str64


# waive: M14 (the list of countries comes with migrations)
class Country(Base):
    """A country, by its ISO code."""

    __tablename__ = "countries"

    code: Mapped[Str64] = mapped_column(primary_key=True)
    name: Mapped[Str64]
