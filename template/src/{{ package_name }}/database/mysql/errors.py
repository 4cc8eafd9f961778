"""The errors of MySQL, MariaDB and their driver, as those of ../errors.py."""

import re

from {{ driver }}.constants import CR, ER
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

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

# What the driver has no name for.
CANNOT_OPEN_FILE = 3
CONNECTION_KILLED = 1927
STATEMENT_TIMEOUT = 1969  # MariaDB
READ_ONLY_TRANSACTION = 1792
READ_ONLY_MODE = 1836
QUERY_TIMEOUT = 3024  # MySQL
CHECK_CONSTRAINT_VIOLATED = 3819  # MySQL

VIOLATIONS: dict[int, type[ConstraintViolated]] = {
    ER.BAD_NULL_ERROR: CheckFailed,
    ER.NO_DEFAULT_FOR_FIELD: CheckFailed,
    ER.NO_REFERENCED_ROW: ReferenceMissing,
    ER.NO_REFERENCED_ROW_2: ReferenceMissing,
    ER.ROW_IS_REFERENCED: Conflict,
    ER.ROW_IS_REFERENCED_2: Conflict,
    ER.CONSTRAINT_FAILED: CheckFailed,  # MariaDB
    CHECK_CONSTRAINT_VIOLATED: CheckFailed,
}
CONSTRAINT = re.compile(
    r"(?:CONSTRAINT|for key|constraint) [`'](?:[^`'.]+\.)?([^`'.]+)[`']"
)
# With the value, which could name another key.
TAKEN = re.compile("Duplicate entry '.*' for key", re.DOTALL)
COLUMN = re.compile(r"(?:Column|Field) '([^']+)'")

OUTAGES: dict[int, type[Unavailable]] = {
    ER.LOCK_DEADLOCK: Deadlock,
    ER.CHECKREAD: Deadlock,  # what was read is no longer so
    ER.ERROR_DURING_COMMIT: CommitUnknown,  # a node that lost its cluster
    ER.LOCK_WAIT_TIMEOUT: LockTimeout,
    ER.QUERY_INTERRUPTED: StatementTimeout,
    STATEMENT_TIMEOUT: StatementTimeout,
    QUERY_TIMEOUT: StatementTimeout,
    CR.CR_CONNECTION_ERROR: Disconnected,
    CR.CR_CONN_HOST_ERROR: Disconnected,
    CR.CR_SERVER_GONE_ERROR: Disconnected,
    CR.CR_SERVER_LOST: Disconnected,
    CONNECTION_KILLED: Disconnected,
    ER.SERVER_SHUTDOWN: Disconnected,
    ER.UNKNOWN_COM_ERROR: Disconnected,  # a node that its cluster left out
    ER.CON_COUNT_ERROR: Disconnected,
    ER.TOO_MANY_USER_CONNECTIONS: Disconnected,
    ER.USER_LIMIT_REACHED: Disconnected,
    ER.DISK_FULL: Unavailable,
    ER.RECORD_FILE_FULL: Unavailable,
    ER.ERROR_ON_WRITE: Unavailable,
    ER.GET_ERRNO: Unavailable,  # the storage engine is out of order
    CANNOT_OPEN_FILE: Unavailable,
    ER.OPTION_PREVENTS_STATEMENT: Disconnected,  # from the primary: it is none now
    READ_ONLY_MODE: Disconnected,
    READ_ONLY_TRANSACTION: Unavailable,
}


def _code_and_message(error: DBAPIError) -> tuple[int, str]:
    code, *rest = error.orig.args if error.orig and error.orig.args else (0,)
    return (code if isinstance(code, int) else 0), str(rest[0] if rest else "")


def refusal_of(error: DBAPIError) -> Refusal | None:
    """Return which constraint refused a write."""
    code, message = _code_and_message(error)
    # To the driver a failed CHECK is no IntegrityError.
    if not isinstance(error, IntegrityError | DataError) and code not in VIOLATIONS:
        return None
    other = CheckFailed if isinstance(error, DataError) else Conflict
    message = TAKEN.sub("for key", message)
    constraint = CONSTRAINT.search(message)
    return Refusal(
        VIOLATIONS.get(code, other),
        constraint=constraint.group(1) if constraint else None,
        columns=tuple(COLUMN.findall(message)),
    )


def outage_of(error: DBAPIError) -> type[Unavailable] | None:
    """Return the error for a database that gave up, or None."""
    code, message = _code_and_message(error)
    # A deadlock has undone the transaction, savepoints and all, before we could.
    if code == ER.SP_DOES_NOT_EXIST and "SAVEPOINT" in message:
        return Deadlock
    return OUTAGES.get(code, Disconnected if error.connection_invalidated else None)
