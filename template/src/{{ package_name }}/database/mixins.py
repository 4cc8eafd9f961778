"""Columns that many models share."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

{% if mysql %}
from sqlalchemy import Computed, UniqueConstraint, text
{% else %}
from sqlalchemy import Index, text
{% endif %}
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from uuid_utils.compat import uuid7

from .base import Base
from .errors import Stale
from .{{ database }} import BIG_KEY, NOW


class IntegerKey:
    """A primary key that the database counts up."""

    id: Mapped[int] = mapped_column(BIG_KEY, primary_key=True, sort_order=-1)


class UUIDKey:
    """A primary key that is known before the insert and sorts by time (UUID version 7)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-1)


class Timestamps:
    """When the row was inserted and last changed, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(server_default=NOW, sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=NOW, onupdate=NOW, sort_order=90
    )


class Versioned:
    """Counts changes: writing a row that was changed since it was read raises Stale."""

    version: Mapped[int] = mapped_column(server_default=text("1"), sort_order=91)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {**Base.__mapper_args__, "version_id_col": cls.version}

    def expect(self, *versions: int) -> None:
        """Raise Stale unless the row has one of the versions."""
        if self.version not in versions:
            raise Stale(
                f"it has version {self.version} now; read it again",
                columns=("version",),
            )


class SoftDelete:
    """Deleted rows stay, unseen: every statement and relationship load leaves them out.

    To see them, run a statement with `execution_options(include_deleted=True)`.
    """

    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=92)
{% if mysql %}
    # 1 or NULL, and NULLs are never equal: a unique constraint with it binds the living.
    living: Mapped[int | None] = mapped_column(
        Computed("CASE WHEN deleted_at IS NULL THEN 1 END"), sort_order=92
    )
{% endif %}

    def delete(self) -> None:
        """Hide the row from the next flush on."""
        self.deleted_at = datetime.now(UTC)


{% if mysql %}
def unique_among_living(*columns: str) -> UniqueConstraint:
    """Make the columns unique among the rows that are not deleted."""
    return UniqueConstraint(*columns, "living")
{% else %}
def unique_among_living(*columns: str) -> Index:
    """Make the columns unique among the rows that are not deleted."""
    return Index(
        None,
        *columns,
        unique=True,
        {{ database }}_where=text("deleted_at IS NULL"),
    )
{% endif %}
