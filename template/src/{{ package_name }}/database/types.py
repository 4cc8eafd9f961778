"""Column types, and what they promise beyond the database's own."""

{% if postgresql %}
from datetime import UTC, datetime, timedelta
from enum import Enum as PythonEnum
from typing import Annotated

from sqlalchemy import BigInteger, Dialect, Enum, Interval, TypeDecorator
{% else %}
from datetime import UTC, datetime
from enum import Enum as PythonEnum
from typing import Annotated

from sqlalchemy import BigInteger, Dialect, Enum, TypeDecorator
{% endif %}
from sqlalchemy.orm import mapped_column

from .{{ database }} import LONG_TEXT, MOMENT, string

Str64 = Annotated[str, mapped_column(string(64))]
Str200 = Annotated[str, mapped_column(string(200))]
Str254 = Annotated[str, mapped_column(string(254))]
LongText = Annotated[str, mapped_column(LONG_TEXT)]
BigInt = Annotated[int, mapped_column(BigInteger)]
# Money, in the smallest unit: it is never rounded.
Cents = BigInt

# Stored as the member's value in a plain string: a new member needs no migration.
EnumByValue = Enum(
    PythonEnum,
    native_enum=False,
    create_constraint=False,
    length=32,
    values_callable=lambda members: [member.value for member in members],
)


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond; aware in Python.

    Raises ValueError for a naive value: nobody knows which moment it means.
    """

    impl = MOMENT
    cache_ok = True
    python_type = datetime

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Convert to UTC."""
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone; use datetime.now(UTC)")
        return value and value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Return it aware."""
{% if postgresql %}
        return value and value.astimezone(UTC)

    def coerce_compared_value(
        self, op: object, value: object
    ) -> "UTCDateTime | Interval":
        """Return the type of what is compared or added: a duration is no moment."""
        return Interval() if isinstance(value, timedelta) else self
{% else %}
        return value and value.replace(tzinfo=UTC)
{% endif %}
