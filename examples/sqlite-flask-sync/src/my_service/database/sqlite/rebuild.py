"""Rebuilding tables, which is how SQLite changes most of what a table is."""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ..errors import ReferenceMissing


def suspend_foreign_keys(engine: Engine) -> None:
    """Let tables be dropped without the rows that refer to theirs."""
    event.listen(engine, "connect", _suspend)


def _suspend(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def check_references(ctx: Any, step: object, heads: object, run_args: object) -> None:
    """Refuse a step of a migration that breaks a foreign key. Raises ReferenceMissing."""
    if ctx.as_sql:
        return
    if ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise ReferenceMissing("the revision leaves rows that refer to nothing")
