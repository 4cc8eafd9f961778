"""Column types, and what they promise beyond the database's own."""

from datetime import UTC, datetime
from enum import Enum as PythonEnum
from typing import Annotated

{% if postgresql %}
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, String, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
{% endif %}
{% if mysql %}
from sqlalchemy import JSON, BigInteger, Dialect, Enum, String, TypeDecorator, text
from sqlalchemy.dialects.mysql import DATETIME
{% endif %}
{% if sqlite %}
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    String,
    TypeDecorator,
    text,
)
{% endif %}
from sqlalchemy.orm import mapped_column

{% if postgresql %}
NOW = text("now()")
JSONDocument = JSONB(none_as_null=True)
BigKey = BigInteger()
{% endif %}
{% if mysql %}
NOW = text("CURRENT_TIMESTAMP(6)")
JSONDocument = JSON(none_as_null=True)
BigKey = BigInteger()
# Letter by letter: MySQL's default collation takes "a" for "A".
COLLATION = "utf8mb4_bin"
{% endif %}
{% if sqlite %}
# CURRENT_TIMESTAMP knows only seconds; the zeros make six digits, as Python writes them.
NOW = text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
JSONDocument = JSON(none_as_null=True)
# SQLite counts up only a key that is declared INTEGER; it holds 64 bits all the same.
BigKey = Integer()
{% endif %}

{% if mysql %}
Str64 = Annotated[str, mapped_column(String(64, collation=COLLATION))]
Str200 = Annotated[str, mapped_column(String(200, collation=COLLATION))]
Str254 = Annotated[str, mapped_column(String(254, collation=COLLATION))]
{% else %}
Str64 = Annotated[str, mapped_column(String(64))]
Str200 = Annotated[str, mapped_column(String(200))]
Str254 = Annotated[str, mapped_column(String(254))]
{% endif %}
Cents = Annotated[int, mapped_column(BigInteger)]

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

{% if postgresql %}
    impl = DateTime(timezone=True)
{% endif %}
{% if mysql %}
    impl = DATETIME(fsp=6)
{% endif %}
{% if sqlite %}
    impl = DateTime()
{% endif %}
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone; use datetime.now(UTC)")
{% if postgresql %}
        return value.astimezone(UTC)
{% else %}
        return value.astimezone(UTC).replace(tzinfo=None)
{% endif %}

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
{% if postgresql %}
        return value and value.astimezone(UTC)
{% else %}
        return value and value.replace(tzinfo=UTC)
{% endif %}
