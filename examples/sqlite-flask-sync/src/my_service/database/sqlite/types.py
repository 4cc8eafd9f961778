"""The column types of SQLite."""

import sqlalchemy as sa

TIMESTAMP = sa.DateTime()
TIMESTAMP_SOURCE = "sa.DateTime()"  # as revisions write it
TIME = sa.Time()
LONG_TEXT = sa.Text()
BLOB = sa.LargeBinary()
UUID = sa.Uuid()
JSON = sa.JSON(none_as_null=True)
# SQLite counts up only a key that is declared INTEGER; it holds 64 bits all the same.
INTEGER_KEY = sa.Integer()
# CURRENT_TIMESTAMP knows only seconds; the zeros make six digits, as Python writes them.
NOW = sa.text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
# Read with fewer digits than are stored and compared.
ROUNDED = {sa.DECIMAL, sa.NUMERIC, sa.Numeric}


def string(length: int) -> sa.String:
    """Return the type of a text of at most `length` characters."""
    return sa.String(length)
