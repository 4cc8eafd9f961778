"""What is particular to PostgreSQL and psycopg."""

from typing import Any, cast

from psycopg import Error
from sqlalchemy import BigInteger, DateTime, LargeBinary, String, Text, Time, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

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

MOMENT = DateTime(timezone=True)
PLAIN_MOMENT = "sa.DateTime(timezone=True)"
TIME = Time()
LONG_TEXT = Text()
BLOB = LargeBinary()
UUID = Uuid()
NOW = text("now()")
DOCUMENT = JSONB(none_as_null=True)
BIG_KEY = BigInteger()


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters."""
    return String(length)


KINDS: dict[str | None, type[Violated]] = {
    "23001": Conflict,
    "23502": CheckFailed,
    "23503": ReferenceMissing,
    "23514": CheckFailed,
}

# Serialization failure, deadlock, lock timeout, shutdown, start-up, too many connections.
TRANSIENT = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
STATEMENT_TIMEOUT = "57014"


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what psycopg and the server are told on each new connection."""
    timeouts = {
        "statement_timeout": config.database_statement_timeout,
        "lock_timeout": config.database_lock_timeout,
    }
    return {
        "application_name": config.database_application_name,
        "connect_timeout": round(config.database_connect_timeout),
        "options": " ".join(
            f"-c {name}={round(seconds * 1000)}" for name, seconds in timeouts.items()
        ),
        # A server that vanished is noticed while waiting (keepalives) and while sending.
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 2,
        "tcp_user_timeout": 15_000,
    }


def violation(error: DBAPIError) -> Violation | None:
    """Tell which constraint refused a write."""
    if not isinstance(error, IntegrityError | DataError):
        return None
    diagnosis = cast("Error", error.orig).diag
    other = CheckFailed if isinstance(error, DataError) else Conflict
    kind = KINDS.get(diagnosis.sqlstate, other)
    # One code for both ends of a foreign key: here a row that others refer to was deleted.
    if kind is ReferenceMissing and "still referenced" in (
        diagnosis.message_detail or ""
    ):
        kind = Conflict
    columns = (diagnosis.column_name,) if diagnosis.column_name else ()
    return Violation(kind, diagnosis.constraint_name, diagnosis.table_name, columns)


def outage(error: DBAPIError) -> type[Unavailable] | None:
    """Tell whether the database gave up, and whether it may be asked again."""
    # psycopg gives no code when it could not connect at all.
    state = getattr(error.orig, "sqlstate", None)
    if state == STATEMENT_TIMEOUT:
        return Unavailable
    unreachable = state is None and isinstance(error, OperationalError)
    if error.connection_invalidated or unreachable or state in TRANSIENT:
        return Interrupted
    return None
