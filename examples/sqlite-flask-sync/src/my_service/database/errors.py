"""The errors of the data layer."""

from typing import ClassVar, NamedTuple


class StorageError(Exception):
    """The base class of what the data layer raises; programs go by `code`.

    A subject makes subclasses with codes of their own for what its clients tell apart.
    """

    code: ClassVar[str] = "storage_error"


class NotFound(StorageError):
    """No row has the key that was asked for."""

    code = "not_found"

    def __init__(self, model: type, key: object) -> None:
        super().__init__(f"there is no {model.__name__} {key}")


class InvalidInput(StorageError):
    """Input that is not valid, and belongs to no column."""

    code = "invalid_input"


class ConstraintViolated(StorageError):
    """A write was refused; `constraint` and `columns` say by what, where that is known.

    The columns have the names that the model gives them.
    """

    def __init__(
        self,
        message: str,
        *,
        constraint: str | None = None,
        columns: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.columns = columns


class Conflict(ConstraintViolated):
    """The write contradicts what is stored: taken, in use, or changed meanwhile."""

    code = "conflict"


class Stale(Conflict):
    """The row was changed by somebody else since it was read."""

    code = "stale"


class ReferenceMissing(ConstraintViolated):
    """The write refers to a row that is not there."""

    code = "reference_missing"


class CheckFailed(ConstraintViolated):
    """A value is outside what the column allows."""

    code = "check_failed"


class Unavailable(StorageError):
    """The database did not answer in time, or cannot be reached."""

    code = "unavailable"


class StatementTimeout(Unavailable):
    """A statement took too long; asked again, it would be as slow."""

    code = "statement_timeout"


class Interrupted(Unavailable):
    """The database undid the transaction: the same unit of work may be run again."""


class Disconnected(Interrupted):
    """The database cannot be reached, or the connection to it was lost."""


class Deadlock(Interrupted):
    """Units of work waited for each other, or could not be serialized."""


class LockTimeout(Interrupted):
    """Another unit of work held a lock for too long."""


class CommitUnknown(Unavailable):
    """The connection was lost during a commit, which may or may not have happened."""

    code = "commit_unknown"


class Refusal(NamedTuple):
    """A refused write, as the driver describes it."""

    kind: type[ConstraintViolated]
    constraint: str | None = None
    table: str | None = None
    columns: tuple[str, ...] = ()
