"""The data layer. Nothing in it knows what the application is about."""

from .activity import Statements, report_slow_transactions, statements
from .base import Base
from .config import DatabaseConfig
from .engine import build_engine
from .errors import (
    CheckFailed,
    CommitUnknown,
    Conflict,
    ConstraintViolated,
    Deadlock,
    Disconnected,
    Interrupted,
    InvalidInput,
    LockTimeout,
    NotFound,
    ReferenceMissing,
    Stale,
    StatementTimeout,
    StorageError,
    Unavailable,
)
from .idempotency import IdempotencyKey, purge, run_once
from .keyset import sort_by
from .mixins import IntegerKey, Timestamps, UUIDKey, Versioned
from .pages import Cursors, InvalidCursor, Page
{% if replicas %}
from .reading import ReadOnlySession, unit_of_work
from .replicas import ReplicaConfig, Replicas
{% endif %}
from .repository import Repository
from .rows import RowValues, Upserted
from .session import (
    Sessions,
    build_sessions,
    forbid_nesting,
    run_in_unit_of_work,
{% if not replicas %}
    unit_of_work,
{% endif %}
)
from .soft_delete import SoftDelete, unique_unless_deleted
from .types import BigInt, Cents, LongText, Str64, Str200, Str254

__all__ = [
    "Base",
    "BigInt",
    "Cents",
    "CheckFailed",
    "CommitUnknown",
    "Conflict",
    "ConstraintViolated",
    "Cursors",
    "DatabaseConfig",
    "Deadlock",
    "Disconnected",
    "IdempotencyKey",
    "IntegerKey",
    "Interrupted",
    "InvalidCursor",
    "InvalidInput",
    "LockTimeout",
    "LongText",
    "NotFound",
    "Page",
{% if replicas %}
    "ReadOnlySession",
{% endif %}
    "ReferenceMissing",
{% if replicas %}
    "ReplicaConfig",
    "Replicas",
{% endif %}
    "Repository",
    "RowValues",
    "Sessions",
    "SoftDelete",
    "Stale",
    "StatementTimeout",
    "Statements",
    "StorageError",
    "Str64",
    "Str200",
    "Str254",
    "Timestamps",
    "UUIDKey",
    "Unavailable",
    "Upserted",
    "Versioned",
    "build_engine",
    "build_sessions",
    "forbid_nesting",
    "purge",
    "report_slow_transactions",
    "run_in_unit_of_work",
    "run_once",
    "sort_by",
    "statements",
    "unique_unless_deleted",
    "unit_of_work",
]
