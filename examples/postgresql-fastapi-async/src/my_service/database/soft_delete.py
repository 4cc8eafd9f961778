"""Soft delete: deleted rows stay in their table, and statements leave them out."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, with_loader_criteria


class SoftDelete:
    """ORM statements and loads of relationships leave deleted rows out.

    To see them, run a statement with `execution_options(include_deleted=True)`.
    A relationship to a deleted row is None; Core and text() leave nothing out.
    """

    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=92)

    def delete(self) -> None:
        """Hide the row from the next flush on."""
        self.deleted_at = datetime.now(UTC)


def unique_unless_deleted(*columns: str) -> sa.Index:
    """Make the columns unique among the rows that are not deleted."""
    where = sa.text("deleted_at IS NULL")
    return sa.Index(None, *columns, unique=True, postgresql_where=where)


# An option of every statement: session.py.
NOT_DELETED = with_loader_criteria(
    SoftDelete, lambda model: model.deleted_at.is_(None), include_aliases=True
)
