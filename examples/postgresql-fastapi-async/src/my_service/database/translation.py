"""Translation of the errors of drivers and SQLAlchemy into those of errors.py."""

import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Constraint, Engine, ExceptionContext, Index, Table, event
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Mapper

from .base import Base
from .errors import (
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
    StorageError,
    Unavailable,
)
from .postgresql.errors import outage_of, refusal_of

logger = logging.getLogger(__name__)

MESSAGES: dict[type[ConstraintViolated], str] = {
    Conflict: "{} is taken or in use",
    ReferenceMissing: "{} refers to something that does not exist",
    CheckFailed: "{} is outside what is allowed",
}
REASONS: dict[type[Unavailable], str] = {
    Unavailable: "the database is not available, try again",
    StatementTimeout: "it takes the database too long",
    Disconnected: "the database cannot be reached, try again",
    Deadlock: "it got in the way of other work, try again",
    LockTimeout: "other work holds what it needs, try again",
    CommitUnknown: "the connection was lost during the commit",
}


def translate_errors(engine: Engine) -> None:
    """Let the engine raise the errors of errors.py in place of the driver's.

    Others, such as a mistake in SQL, stay as they are.
    """
    event.listen(engine, "handle_error", _translate)


def _translate(context: ExceptionContext) -> StorageError | None:
    # The pool reconnects after a failed ping by itself, and a listener before this one may have translated.
    if context.is_pre_ping or getattr(context, "chained_exception", None) is not None:
        return None
    return translated(context.sqlalchemy_exception)


def translated(error: StatementError | None) -> StorageError | None:
    """Return what an error of the driver or of a column's type means, or None."""
    if isinstance(error, DBAPIError):
        return _translated(error)
    # The type of a column refuses a value.
    if error is not None and isinstance(error.orig, ValueError):
        return CheckFailed(str(error.orig))
    return None


def _translated(error: DBAPIError) -> StorageError | None:
    if refusal := refusal_of(error):
        return _violated(refusal)
    kind = outage_of(error)
    if kind is None:
        return None
    logger.warning("%s: %s: %s", kind.__name__, type(error.orig).__name__, error.orig)
    unavailable = kind(REASONS[kind])
    if error.statement:
        unavailable.add_note(f"[SQL: {error.statement}]")
    return unavailable


def _violated(refusal: Refusal) -> ConstraintViolated:
    constraint, columns = refusal.constraint, refusal.columns
    for mapper, table in _tables():
        if table.name == refusal.table:
            columns = _attributes(mapper, refusal.columns)
        items: list[Constraint | Index] = [*table.constraints, *table.indexes]
        for item in items:
            if _matches(item, table, refusal):
                constraint = str(item.name)
                columns = _attributes(mapper, _columns(item))
    subject = ", ".join(columns) or constraint or "a value"
    message = MESSAGES[refusal.kind].format(subject)
    return refusal.kind(message, constraint=constraint, columns=columns)


def _tables() -> Iterator[tuple[Mapper[Any], Table]]:
    for mapper in Base.registry.mappers:
        if isinstance(mapper.local_table, Table):
            yield mapper, mapper.local_table


def _attributes(mapper: Mapper[Any], columns: tuple[str, ...]) -> tuple[str, ...]:
    names = {
        column.name: attribute.key
        for attribute in mapper.column_attrs
        for column in attribute.columns
    }
    return tuple(names.get(column, column) for column in columns)


def _matches(item: Constraint | Index, table: Table, refusal: Refusal) -> bool:
    if refusal.constraint is not None:
        return item.name == refusal.constraint
    return table.name == refusal.table and _columns(item) == refusal.columns


def _columns(item: Constraint | Index) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in getattr(item, "columns", ())
        if column.computed is None
    )
