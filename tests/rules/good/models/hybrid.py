"""Properties that work in Python and in queries."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped

from ...database import Base, Cents, IntegerKey, Str64, Timestamps


class Voucher(IntegerKey, Timestamps, Base):
    """A reduction of a price, for a while."""

    __tablename__ = "vouchers"

    first: Mapped[Str64]
    last: Mapped[Str64 | None]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    cents: Mapped[Cents]

    @hybrid_property
    def is_large(self) -> bool:
        """Plain arithmetic needs no second form."""
        return self.cents > 10_000

    @hybrid_property
    def is_valid(self) -> bool:
        """Whether it holds now."""
        return self.begins_at <= datetime.now(UTC) < self.ends_at

    @is_valid.inplace.expression
    @classmethod
    def _is_valid(cls) -> ColumnElement[bool]:
        return and_(cls.begins_at <= func.now(), func.now() < cls.ends_at)

    @hybrid_property
    def label(self) -> str:
        """Both words, or the one there is."""
        return " ".join(filter(None, (self.first, self.last)))

    @label.inplace.expression
    @classmethod
    def _label(cls) -> ColumnElement[str]:
        return cls.first + func.coalesce(" " + cls.last, "")

    @hybrid_method
    def costs_more_than(self, cents: int) -> bool:
        """A comparison with a parameter."""
        return self.cents > cents
