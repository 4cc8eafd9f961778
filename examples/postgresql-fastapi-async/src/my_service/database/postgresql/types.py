"""The column types of PostgreSQL."""

from sqlalchemy import BigInteger, DateTime, LargeBinary, String, Text, Time, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

TIMESTAMP = DateTime(timezone=True)
TIMESTAMP_SOURCE = "sa.DateTime(timezone=True)"  # as revisions write it
TIME = Time()
LONG_TEXT = Text()
BLOB = LargeBinary()
UUID = Uuid()
JSON = JSONB(none_as_null=True)
INTEGER_KEY = BigInteger()
NOW = text("now()")


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters."""
    return String(length)
