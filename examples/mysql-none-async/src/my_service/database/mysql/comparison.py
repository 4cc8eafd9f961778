"""Comparisons that Alembic does not make by itself."""

from typing import Any, Literal

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column
from sqlalchemy.dialects.mysql import DATETIME, TIME, TIMESTAMP
from sqlalchemy.types import TypeEngine


def type_differs(
    context: MigrationContext,
    _: Column[Any],
    __: Column[Any],
    stored: TypeEngine[Any],
    wanted: TypeEngine[Any],
) -> Literal[True] | None:
    """Compare how many digits a second has; leave the rest to Alembic (None)."""
    if not isinstance(stored, DATETIME | TIME | TIMESTAMP):
        return None
    return stored.compile(context.dialect) != wanted.compile(context.dialect) or None
