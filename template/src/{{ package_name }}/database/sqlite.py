"""What is particular to SQLite: real transactions, foreign keys, one writer at a time."""

import re
import sqlite3
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Engine,
    Integer,
    LargeBinary,
    String,
    Text,
    Time,
    Uuid,
    event,
    text,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

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

MOMENT = DateTime()
PLAIN_MOMENT = "sa.DateTime()"
TIME = Time()
LONG_TEXT = Text()
BLOB = LargeBinary()
UUID = Uuid()
# CURRENT_TIMESTAMP knows only seconds; the zeros make six digits, as Python writes them.
NOW = text("(strftime('%Y-%m-%d %H:%M:%f000', 'now'))")
DOCUMENT = JSON(none_as_null=True)
# SQLite counts up only a key that is declared INTEGER; it holds 64 bits all the same.
BIG_KEY = Integer()


def string(length: int) -> String:
    """Return the type of a text of at most `length` characters."""
    return String(length)


KINDS: dict[str | None, type[Violated]] = {
    "SQLITE_CONSTRAINT_CHECK": CheckFailed,
    "SQLITE_CONSTRAINT_FOREIGNKEY": ReferenceMissing,
    "SQLITE_CONSTRAINT_NOTNULL": CheckFailed,
}
COLUMN = re.compile(r"(\w+)\.(\w+)")
CHECK = re.compile(r"CHECK constraint failed: (\w+)")


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what the driver is told on each new connection."""
    return {"timeout": config.database_lock_timeout}


def take_over_transactions(engine: Engine) -> None:
    """Make each connection of the engine begin, commit and check as servers do."""
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)


def _configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late, after the first reads; ours is in `_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Who may write takes the lock at once: SQLite would refuse it after the first read.
    if connection.get_execution_options().get("read_only"):
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def violation(error: DBAPIError) -> Violation | None:
    """Tell what refused a write; of a foreign key SQLite tells nothing more."""
    if not isinstance(error, IntegrityError):
        return None
    message = str(error.orig)
    kind = KINDS.get(getattr(error.orig, "sqlite_errorname", None), Conflict)
    if check := CHECK.search(message):
        return Violation(kind, constraint=check.group(1))
    found = COLUMN.findall(message)
    table = found[0][0] if found else None
    return Violation(kind, table=table, columns=tuple(name for _, name in found))


def outage(error: DBAPIError) -> type[Unavailable] | None:
    """Tell whether the database gave up, and whether it may be asked again."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_CANTOPEN:
        return Unavailable
    return Interrupted if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else None
