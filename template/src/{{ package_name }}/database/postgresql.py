"""What is particular to PostgreSQL and psycopg."""

from typing import Any, cast

from psycopg import Error
from sqlalchemy import BigInteger, DateTime, LargeBinary, String, Text, Time, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, IntegrityError

from .config import DatabaseConfig
from .errors import CheckFailed, Conflict, ReferenceMissing, Violated, Violation

MOMENT = DateTime(timezone=True)
TIME = Time()
LONG_TEXT = Text()
BLOB = LargeBinary()
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
    if not isinstance(error, IntegrityError):
        return None
    diagnosis = cast("Error", error.orig).diag
    kind = KINDS.get(diagnosis.sqlstate, Conflict)
    # One code for both ends of a foreign key: here a row that others refer to was deleted.
    if kind is ReferenceMissing and "still referenced" in (
        diagnosis.message_detail or ""
    ):
        kind = Conflict
    columns = (diagnosis.column_name,) if diagnosis.column_name else ()
    return Violation(kind, diagnosis.constraint_name, diagnosis.table_name, columns)


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the same transaction may succeed when it is run again."""
    if error.connection_invalidated:
        return True
    # psycopg gives no code when it could not connect at all.
    state = getattr(error.orig, "sqlstate", None)
    return state in TRANSIENT or (state is None and _is_connect_failure(error))


def _is_connect_failure(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
