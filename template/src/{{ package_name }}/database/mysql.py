"""What is particular to MySQL, MariaDB and {{ 'asyncmy' if is_async else 'PyMySQL' }}."""

import re
from typing import Any

from sqlalchemy import JSON, BigInteger, String, Uuid, text
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB, LONGTEXT
from sqlalchemy.dialects.mysql import TIME as MYSQL_TIME
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from .config import DatabaseConfig
from .errors import (
    CheckFailed,
    Conflict,
    Interrupted,
    ReferenceMissing,
    Unavailable,
    Violated,
    Violation,
)

MOMENT = DATETIME(fsp=6)
PLAIN_MOMENT = "mysql.DATETIME(fsp=6)"
TIME = MYSQL_TIME(fsp=6)
# TEXT and BLOB end at 64 KiB.
LONG_TEXT = LONGTEXT(collation="utf8mb4_bin")
BLOB = LONGBLOB()
# The same column on MySQL and on MariaDB, which has a type of its own for it.
UUID = Uuid(native_uuid=False)
NOW = text("CURRENT_TIMESTAMP(6)")
DOCUMENT = JSON(none_as_null=True)
BIG_KEY = BigInteger()


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters.

    It is compared letter by letter; MySQL's default collation takes "a" for "A".
    """
    return String(length, collation="utf8mb4_bin")


KINDS: dict[int, type[Violated]] = {
    1048: CheckFailed,  # column cannot be null
    1216: ReferenceMissing,
    1364: CheckFailed,  # column has no default
    1452: ReferenceMissing,
    3819: CheckFailed,  # MySQL
    4025: CheckFailed,  # MariaDB
}
CONSTRAINT = re.compile(
    r"(?:CONSTRAINT|for key|constraint) [`'](?:[^`'.]+\.)?([^`'.]+)[`']"
)
COLUMN = re.compile(r"(?:Column|Field) '([^']+)'")

# Lock timeout, deadlock, snapshot changed, connection refused or lost, server full or ending.
TRANSIENT = {1205, 1213, 1020, 2002, 2003, 2006, 2013, 1040, 1047, 1053, 1927}
STATEMENT_TIMEOUT = {1969, 3024}

# As on other databases: each statement sees what is committed by then.
ISOLATION = "READ-COMMITTED"


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what the driver and the server are told on each new connection."""
    seconds = config.database_statement_timeout
    return {
        "charset": "utf8mb4",
        "program_name": config.database_application_name,
        "connect_timeout": round(config.database_connect_timeout),
        # The statement timeout is the server's; this one notices a server that vanished.
        "read_timeout": round(seconds) + 5,
{% if not is_async %}
        "write_timeout": round(seconds) + 5,
{% endif %}
        # The comments are read by MariaDB only and by MySQL only.
        "init_command": (
            "SET time_zone = '+00:00', "
            f"innodb_lock_wait_timeout = {round(config.database_lock_timeout)} "
            f"/*M! , max_statement_time = {seconds}, tx_isolation = '{ISOLATION}' */ "
            f"/*!80000 , max_execution_time = {round(seconds * 1000)}"
            f", transaction_isolation = '{ISOLATION}' */"
        ),
    }


def _code_and_message(error: DBAPIError) -> tuple[int, str]:
    code, *rest = error.orig.args if error.orig and error.orig.args else (0,)
    return (code if isinstance(code, int) else 0), str(rest[0] if rest else "")


def violation(error: DBAPIError) -> Violation | None:
    """Tell which constraint refused a write."""
    code, message = _code_and_message(error)
    # To the driver a failed CHECK is no IntegrityError.
    if not isinstance(error, IntegrityError | DataError) and code not in KINDS:
        return None
    other = CheckFailed if isinstance(error, DataError) else Conflict
    constraint = CONSTRAINT.search(message)
    return Violation(
        KINDS.get(code, other),
        constraint=constraint.group(1) if constraint else None,
        columns=tuple(COLUMN.findall(message)),
    )


def outage(error: DBAPIError) -> type[Unavailable] | None:
    """Tell whether the database gave up, and whether it may be asked again."""
    code, _ = _code_and_message(error)
    if code in STATEMENT_TIMEOUT:
        return Unavailable
    if error.connection_invalidated or code in TRANSIENT:
        return Interrupted
    return None
