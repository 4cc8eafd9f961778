"""The base class of every model."""

import uuid
from datetime import datetime, time
from enum import Enum as PythonEnum
from typing import Any

from sqlalchemy import Double, MetaData, event, inspect
from sqlalchemy.orm import DeclarativeBase, TypeResolve

from .mysql.types import BLOB, JSON, TIME, UUID
from .types import EnumByValue, UTCDateTime

# `column_0_N_name` names every column: two constraints that begin with the same one differ.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every model: names of constraints, types of columns."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {
        bytes: BLOB,
        datetime: UTCDateTime,
        dict[str, object]: JSON,
        float: Double,
        list[object]: JSON,
        time: TIME,
        uuid.UUID: UUID,
    }
    # Read what the database fills in with the write, not by a hidden query later.
    __mapper_args__ = {"eager_defaults": True}

    def __repr__(self) -> str:
        """Return class and primary key. Loads nothing."""
        identity = inspect(self).identity or ("unsaved",)
        return f"<{type(self).__name__} {' '.join(map(str, identity))}>"


@event.listens_for(Base, "resolve_type_annotation")
def _store_by_value(annotation: TypeResolve) -> EnumByValue | None:
    kind: Any = annotation.resolved_type
    is_enum = isinstance(kind, type) and issubclass(kind, PythonEnum)
    return EnumByValue(kind) if is_enum else None
