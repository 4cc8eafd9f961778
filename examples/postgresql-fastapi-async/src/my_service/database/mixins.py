"""Columns that many models share."""

import sys
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .base import Base
from .errors import Stale
from .postgresql.types import INTEGER_KEY, NOW

if sys.version_info >= (3, 14):
    from uuid import uuid7
else:
    from uuid_utils.compat import uuid7


class IntegerKey:
    """An integer primary key that the database increments."""

    id: Mapped[int] = mapped_column(INTEGER_KEY, primary_key=True, sort_order=-1)


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
    """Optimistic locking: writing a row that changed since it was read raises Stale."""

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
