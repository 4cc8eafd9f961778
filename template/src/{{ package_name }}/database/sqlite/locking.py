"""The lock of the migrations."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection

from ..errors import Unavailable


@contextmanager
def migration_lock(connection: Connection, wait: float) -> Iterator[None]:
    """Wait until nobody else migrates. Raises Unavailable after `wait` seconds.

    The lock is SQLite's own, on an empty database beside ours, which others can read and
    write meanwhile. A process that is killed gives it back.
    """
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
