"""Connections to SQLite that begin, commit and check as servers do."""

{% if is_async %}
import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event
from typing import Any
{% else %}
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
{% endif %}

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from ..config import DatabaseConfig
from ..errors import Unavailable


def connect_args(config: DatabaseConfig) -> dict[str, Any]:
    """Return what the driver is told on each new connection."""
    return {"timeout": config.database_lock_timeout}


def configure(engine: Engine, config: DatabaseConfig) -> None:
    """Make each connection of the engine begin, commit and check as servers do."""
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "reset", _roll_back)
{% if is_async %}
    event.listen(engine, "do_connect", _try_to_open)
    event.listen(engine, "connect", _watch_for_cancellation)
    event.listen(engine, "invalidate", _give_up)
{% endif %}


def _configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes too late, after the first reads; ours is in `_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _write_ahead(cursor: DBAPICursor) -> None:
    """Let readers read while one writes; the file of the database keeps this mode."""
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            # Others use a new database: SQLite waits for them here, but not above.
            cursor.execute("BEGIN EXCLUSIVE")
            cursor.execute("COMMIT")
        else:
            return


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    # Who may write takes the lock at once: SQLite would refuse it after the first read.
    if options.get("read_only"):
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _roll_back(
    connection: DBAPIConnection, record: ConnectionPoolEntry, state: PoolResetState
) -> None:
    # SQLite keeps a transaction open whose commit it has refused; SQLAlchemy does not know.
    driver: Any = record.driver_connection
    if not state.terminate_only and driver.in_transaction:
        connection.rollback()
{% if is_async %}


def _try_to_open(_: object, __: object, given: list[str], options: Any) -> None:
    # The thread of aiosqlite (0.22) would fail after the event loop, with a traceback.
    sqlite3.connect(given[0], uri=options.get("uri", False)).close()


def _watch_for_cancellation(connection: Any, record: ConnectionPoolEntry) -> None:
    # interrupt() would stop the rollback as well, as long as any cursor is open.
    given_up = record.info["given_up"] = Event()
    connection.run_async(
        # After each million steps, some 10 ms, a statement asks whether it has to end.
        lambda driver: driver.set_progress_handler(given_up.is_set, 1_000_000)
    )


def _give_up(
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    error: BaseException | None,
) -> None:
    # The statement of a task that was cancelled runs on in its thread, and keeps the lock.
    if error is not None and not isinstance(error, Exception):
        record.info["given_up"].set()
        driver: Any = record.driver_connection
        # Not awaited: cancelled once more, it would leave the connection open.
        record.info["rollback"] = asyncio.create_task(driver.rollback())
{% endif %}


@contextmanager
def migration_lock(connection: Connection, config: DatabaseConfig) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after DATABASE_MIGRATION_WAIT.

    The lock is SQLite's own, on an empty database beside ours, which others can read and
    write meanwhile. A process that is killed gives it back.
    """
    wait = config.database_migration_wait
    lock = sqlite3.connect(_beside(connection), timeout=wait, isolation_level=None)
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            reason = f"another process migrates for over {wait:g} s"
            raise Unavailable(reason) from None
        yield


def _beside(connection: Connection) -> str:
    """Name a file beside the database, which may be in memory."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA database_list")
    [(_, _, file)] = cursor.fetchall()
    cursor.close()
    return f"{file}-migration" if file else ":memory:"
