"""Soft delete: deleted rows stay in their table, and statements leave them out."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, with_loader_criteria


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


# An option of every statement: session.py.
NOT_DELETED = with_loader_criteria(
    SoftDelete, lambda model: model.deleted_at.is_(None), include_aliases=True
)
