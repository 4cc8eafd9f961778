"""The errors of drivers and of SQLAlchemy, in the words of errors.py."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Constraint, Index, Table
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import StaleDataError

from .base import Base
from .errors import (
    CheckFailed,
    CommitUnknown,
    Conflict,
    Deadlock,
    Disconnected,
    LockTimeout,
    ReferenceMissing,
    Stale,
    StatementTimeout,
    Unavailable,
    Violated,
    Violation,
)
from .faults import outage, violation

logger = logging.getLogger(__name__)

MESSAGES = {
    Conflict: "{} is taken or in use",
    ReferenceMissing: "{} refers to something that does not exist",
    CheckFailed: "{} is outside what is allowed",
}
REASONS = {
    Unavailable: "the database is not available, try again",
    StatementTimeout: "it takes the database too long",
    Disconnected: "the database cannot be reached, try again",
    Deadlock: "it got in the way of other work, try again",
    LockTimeout: "other work holds what it needs, try again",
    CommitUnknown: "the connection was lost during the commit",
}


@contextmanager
def own_errors(*, committing: bool = False) -> Iterator[None]:
    """Raise Conflict and its like in place of what SQLAlchemy raises."""
    try:
        yield
    except StaleDataError as error:
        raise Stale("it was changed by somebody else since it was read") from error
    except PoolTimeout as error:
        raise Unavailable("every connection to the database is in use") from error
    except DBAPIError as error:
        if found := violation(error):
            raise _violated(found) from error
        if (unavailable := outage(error)) is None:
            raise
        # A commit whose answer is lost may have happened: it must not be run again.
        if committing and issubclass(unavailable, Disconnected):
            unavailable = CommitUnknown
        cause = type(error.orig).__name__
        logger.warning("%s: %s: %s", unavailable.__name__, cause, error.orig)
        raise unavailable(REASONS[unavailable]) from error
    except StatementError as error:
        # The type of a column refuses a value.
        if isinstance(error.orig, ValueError):
            raise CheckFailed(str(error.orig)) from error
        raise
{% if sqlite %}
    except OverflowError as error:
        raise CheckFailed("an integer has more than 64 bits") from error
{% endif %}


def _violated(found: Violation) -> Violated:
    constraint, columns = found.constraint, found.columns
    for mapper, table in _tables():
        if table.name == found.table:
            columns = _attributes(mapper, found.columns)
        items: list[Constraint | Index] = [*table.constraints, *table.indexes]
        for item in items:
            if _matches(item, table, found):
                constraint = str(item.name)
                columns = _attributes(mapper, _columns(item))
    message = MESSAGES[found.kind].format(", ".join(columns) or constraint or "a value")
    return found.kind(message, constraint=constraint, columns=columns)


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


def _matches(item: Constraint | Index, table: Table, found: Violation) -> bool:
    if found.constraint is not None:
        return item.name == found.constraint
    return table.name == found.table and _columns(item) == found.columns


def _columns(item: Constraint | Index) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in getattr(item, "columns", ())
        if column.computed is None
    )
