"""Translation of the errors of drivers and SQLAlchemy into those of errors.py."""

import logging
from typing import Any

from sqlalchemy import Constraint, Engine, ExceptionContext, Index, Table, event
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm import Mapper

from . import errors
from .base import Base
from .sqlite.errors import outage_of, refusal_of

logger = logging.getLogger(__name__)

MESSAGES: dict[type[errors.ConstraintViolated], str] = {
    errors.Conflict: "{} is taken or in use",
    errors.ReferenceMissing: "{} refers to something that does not exist",
    errors.CheckFailed: "{} is outside what is allowed",
}
REASONS: dict[type[errors.Unavailable], str] = {
    errors.Unavailable: "the database is not available, try again",
    errors.StatementTimeout: "it takes the database too long",
    errors.Disconnected: "the database cannot be reached, try again",
    errors.Deadlock: "it got in the way of other work, try again",
    errors.LockTimeout: "other work holds what it needs, try again",
    errors.CommitUnknown: "the connection was lost during the commit",
}


def translate_errors(engine: Engine) -> None:
    """Let the engine raise the errors of errors.py in place of the driver's.

    Others, such as a mistake in SQL, stay as they are.
    """
    event.listen(engine, "handle_error", _translate)


def _translate(context: ExceptionContext) -> errors.StorageError | None:
    # The pool reconnects after a failed ping by itself; a listener before this one may
    # have translated.
    if context.is_pre_ping or getattr(context, "chained_exception", None) is not None:
        return None
    if isinstance(context.original_exception, OverflowError):
        return errors.CheckFailed("an integer has more than 64 bits")
    error = translated(context.sqlalchemy_exception)
    if isinstance(error, errors.Disconnected):
        # Thrown away with the pool: the server is there, but no longer the primary.
        context.is_disconnect = True
    return error


def translated(error: StatementError | None) -> errors.StorageError | None:
    """Return what an error of the driver or of a column's type means, or None."""
    if isinstance(error, DBAPIError):
        return _translated(error)
    # The type of a column refuses a value.
    if error is not None and isinstance(error.orig, ValueError):
        return errors.CheckFailed(str(error.orig))
    return None


def _translated(error: DBAPIError) -> errors.StorageError | None:
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


def _violated(refusal: errors.Refusal) -> errors.ConstraintViolated:
    constraint, columns = refusal.constraint, refusal.columns
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if not isinstance(table, Table):
            continue
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


def _attributes(mapper: Mapper[Any], columns: tuple[str, ...]) -> tuple[str, ...]:
    names = {
        column.name: attribute.key
        for attribute in mapper.column_attrs
        for column in attribute.columns
    }
    return tuple(names.get(column, column) for column in columns)


def _matches(item: Constraint | Index, table: Table, refusal: errors.Refusal) -> bool:
    if refusal.constraint is not None:
        return item.name == refusal.constraint
    return table.name == refusal.table and _columns(item) == refusal.columns


def _columns(item: Constraint | Index) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in getattr(item, "columns", ())
        if column.computed is None
    )
