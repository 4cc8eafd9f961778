"""The errors of PostgreSQL and psycopg, as those of ../errors.py."""

import re
from typing import cast

from psycopg import Error, errors
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from ..errors import (
    CheckFailed,
    CommitUnknown,
    Conflict,
    ConstraintViolated,
    Deadlock,
    Disconnected,
    LockTimeout,
    ReferenceMissing,
    Refusal,
    StatementTimeout,
    Unavailable,
)

VIOLATIONS: dict[type[Error], type[ConstraintViolated]] = {
    errors.CheckViolation: CheckFailed,
    errors.ForeignKeyViolation: ReferenceMissing,
    errors.NotNullViolation: CheckFailed,
}
WRITTEN = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM|COPY)\s+([^\s(]+)")

OUTAGES: dict[type[Error], type[Unavailable]] = {
    errors.DeadlockDetected: Deadlock,
    errors.SerializationFailure: Deadlock,
    errors.LockNotAvailable: LockTimeout,
    errors.QueryCanceled: StatementTimeout,
    errors.TooManyConnections: Disconnected,
    errors.TransactionResolutionUnknown: CommitUnknown,
    errors.StatementCompletionUnknown: CommitUnknown,
    errors.ReadOnlySqlTransaction: Disconnected,  # from the primary: it is none now
}
# By the first two characters of the code, its class.
OUTAGE_CLASSES: dict[str, type[Unavailable]] = {
    "08": Disconnected,  # connection exception, of a server behind this one as well
    "53": Unavailable,  # insufficient resources, such as a full disk
    "57": Disconnected,  # operator intervention: the server starts or ends
    "58": Unavailable,  # system error
    "XX": Unavailable,  # internal error
}


def refusal_of(error: DBAPIError) -> Refusal | None:
    """Return which constraint refused a write."""
    if not isinstance(error, IntegrityError | DataError):
        return None
    diagnosis = cast("Error", error.orig).diag
    other = CheckFailed if isinstance(error, DataError) else Conflict
    kind = VIOLATIONS.get(type(cast("Error", error.orig)), other)
    if kind is ReferenceMissing and _in_use(error.statement, diagnosis.table_name):
        kind = Conflict
    columns = (diagnosis.column_name,) if diagnosis.column_name else ()
    return Refusal(kind, diagnosis.constraint_name, diagnosis.table_name, columns)


def _in_use(statement: str | None, referring: str | None) -> bool:
    """Return whether a row was written that others refer to, judging by the statement.

    Both ends of a foreign key have one code, and the same table in their diagnosis.
    """
    written = WRITTEN.search(statement or "")
    if written is None or written[1] in ("INSERT INTO", "COPY"):
        return False
    table = written[2].rpartition(".")[2].strip('"')
    return written[1] == "DELETE FROM" or table != referring


def outage_of(error: DBAPIError) -> type[Unavailable] | None:
    """Return the error for a database that gave up, or None."""
    cause = cast("Error", error.orig)
    if (kind := OUTAGES.get(type(cause))) is not None:
        return kind
    # psycopg gives no code when it could not connect at all.
    no_code = cause.sqlstate is None and isinstance(error, OperationalError)
    if error.connection_invalidated or (no_code and error.statement is None):
        return Disconnected
    return OUTAGE_CLASSES.get((cause.sqlstate or "")[:2])
