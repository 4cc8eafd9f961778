"""The column types of MySQL and MariaDB."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

TIMESTAMP = mysql.DATETIME(fsp=6)
TIMESTAMP_SOURCE = "mysql.DATETIME(fsp=6)"  # as revisions write it
TIME = mysql.TIME(fsp=6)
# TEXT and BLOB end at 64 KiB.
LONG_TEXT = mysql.LONGTEXT(collation="utf8mb4_bin")
BLOB = mysql.LONGBLOB()
# The same column on MySQL and on MariaDB, which has a type of its own for it.
UUID = sa.Uuid(native_uuid=False)
JSON = sa.JSON(none_as_null=True)
INTEGER_KEY = sa.BigInteger()
NOW = sa.text("CURRENT_TIMESTAMP(6)")
# Read with fewer digits than are stored and compared.
ROUNDED = {sa.Float, mysql.FLOAT}


def string(length: int) -> sa.String:
    """Return the type of a text of at most `length` characters.

    It is compared letter by letter; MySQL's default collation takes "a" for "A".
    """
    return sa.String(length, collation="utf8mb4_bin")
