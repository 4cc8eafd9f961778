"""Soft delete: deleted rows stay in their table, and statements leave them out."""

from datetime import UTC, datetime
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)


class SoftDelete:
    """Every statement and every load of a relationship leaves deleted rows out.

    To see them, run a statement with `execution_options(include_deleted=True)`.
    """

    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=92)

    def delete(self) -> None:
        """Hide the row from the next flush on."""
        self.deleted_at = datetime.now(UTC)


def unique_unless_deleted(*columns: str) -> sa.Index:
    """Make the columns unique among the rows that are not deleted."""
    return sa.Index(
        None,
        *columns,
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


NOT_DELETED = with_loader_criteria(
    SoftDelete, lambda model: model.deleted_at.is_(None), include_aliases=True
)
_narrowed: WeakKeyDictionary[sa.Executable, sa.Executable] = WeakKeyDictionary()


@event.listens_for(Session, "do_orm_execute")
def leave_out_deleted(state: ORMExecuteState) -> None:
    """Leave deleted rows out of what a session is about to send."""
    if not state.is_insert and not state.execution_options.get("include_deleted"):
        state.statement = without_deleted(state.statement)


def without_deleted(statement: sa.Executable) -> sa.Executable:
    """Return the statement without deleted rows.

    The same one each time, so that SQLAlchemy finds it in its cache of compiled ones.
    """
    narrowed = _narrowed.get(statement)
    if narrowed is None:
        narrowed = _narrowed[statement] = statement.options(NOT_DELETED)
    return narrowed
