"""The errors of SQLite, as those of ../errors.py."""

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError

from ..errors import (
    CheckFailed,
    Conflict,
    ConstraintViolated,
    Deadlock,
    LockTimeout,
    ReferenceMissing,
    Refusal,
    Unavailable,
)

VIOLATIONS: dict[str | None, type[ConstraintViolated]] = {
    "SQLITE_CONSTRAINT_CHECK": CheckFailed,
    "SQLITE_CONSTRAINT_FOREIGNKEY": ReferenceMissing,
    "SQLITE_CONSTRAINT_NOTNULL": CheckFailed,
}
COLUMN = re.compile(r"(\w+)\.(\w+)")
CHECK = re.compile(r"CHECK constraint failed: (\w+)")

BROKEN = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def refusal_of(error: DBAPIError) -> Refusal | None:
    """Return what refused a write; SQLite does not name the foreign key."""
    if not isinstance(error, IntegrityError):
        return None
    message = str(error.orig)
    kind = VIOLATIONS.get(getattr(error.orig, "sqlite_errorname", None), Conflict)
    # One code for both ends of a foreign key: what is deleted, others refer to.
    if kind is ReferenceMissing and (error.statement or "").startswith("DELETE"):
        kind = Conflict
    if check := CHECK.search(message):
        return Refusal(kind, constraint=check.group(1))
    columns = COLUMN.findall(message)
    table = columns[0][0] if columns else None
    return Refusal(kind, table=table, columns=tuple(name for _, name in columns))


def outage_of(error: DBAPIError) -> type[Unavailable] | None:
    """Return the error for a database that gave up, or None."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return Deadlock  # somebody else wrote since this one has read
    # A grave error has undone the transaction, savepoints and all, before we could.
    if code & 0xFF in BROKEN or "no such savepoint" in str(error.orig):
        return Unavailable
    locked = code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return LockTimeout if locked else None
