"""Column types, and what they promise beyond the database's own."""

from datetime import UTC, datetime, timedelta
from enum import Enum as PythonEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, Interval, String, TypeDecorator
from sqlalchemy.orm import mapped_column

from .postgresql.types import LONG_TEXT, TIMESTAMP, string

Str64 = Annotated[str, mapped_column(string(64))]
Str200 = Annotated[str, mapped_column(string(200))]
Str254 = Annotated[str, mapped_column(string(254))]
LongText = Annotated[str, mapped_column(LONG_TEXT)]
BigInt = Annotated[int, mapped_column(BigInteger)]
# Money, in the smallest unit: it is never rounded.
Cents = BigInt
LONGEST = 32  # characters of an enum's value


class EnumByValue(TypeDecorator[PythonEnum]):
    """A member of an enum, stored as its value: a new member needs no migration.

    A text that belongs to no member, stored by a newer version of the service, is read as
    a member of its own, named UNKNOWN. Raises ValueError for writing it, or any other
    text that belongs to no member; for a member whose value has more than 32 characters.
    """

    impl = String(LONGEST)
    cache_ok = True

    def __init__(self, members: type[PythonEnum]) -> None:
        super().__init__()
        self.members = members
        self._texts = {member: str(member.value) for member in members}
        if too_long := [text for text in self._texts.values() if len(text) > LONGEST]:
            raise ValueError(f"{too_long[0]!r} has more than {LONGEST} characters")
        self._members = {text: member for member, text in self._texts.items()}

    @property
    def python_type(self) -> type[PythonEnum]:
        return self.members

    def process_bind_param(
        self, value: PythonEnum | None, dialect: Dialect
    ) -> str | None:
        if value is not None and value not in self._texts:
            raise ValueError(f"{value!r} is no member of {self.members.__name__}")
        return None if value is None else self._texts[value]

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> PythonEnum | None:
        if value is None:
            return None
        return self._members.get(value) or _unknown(self.members, value)


def _unknown(members: type[PythonEnum], value: str) -> PythonEnum:
    # Not by `_missing_`: no input may make such a member.
    new: Any = members
    is_text = issubclass(members, str)
    member: PythonEnum = str.__new__(new, value) if is_text else object.__new__(new)
    member._name_, member._value_ = "UNKNOWN", value
    return member


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond; aware in Python.

    Raises ValueError for a naive value, since nobody knows which moment it means, and for
    one that is not in the years 1 to 9999.
    """

    impl = TIMESTAMP
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone; use datetime.now(UTC)")
        try:
            return value and value.astimezone(UTC)
        except OverflowError:
            message = f"{value} is outside of the years 1 to 9999 in UTC"
            raise ValueError(message) from None

    def coerce_compared_value(
        self, op: object, value: object
    ) -> "UTCDateTime | Interval":
        """Return the type of what is compared or added: a duration is no moment."""
        return Interval() if isinstance(value, timedelta) else self
