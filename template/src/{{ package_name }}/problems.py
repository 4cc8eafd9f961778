"""Errors as problem details (RFC 9457), the same for every route."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from .database.cursor import InvalidCursor
from .database.errors import (
    CheckFailed,
    CommitUnknown,
    Conflict,
    NotFound,
    ReferenceMissing,
    StatementTimeout,
    StorageError,
    Unavailable,
    Violated,
)

STATUSES: dict[type[StorageError], int] = {
    NotFound: 404,
    Conflict: 409,
    ReferenceMissing: 422,
    CheckFailed: 422,
    InvalidCursor: 422,
    Unavailable: 503,
}


@dataclass(frozen=True)
class Problem:
    """What went wrong; `fields` maps the field of a request to what is wrong with it."""

    status: int
    detail: str | None = None
    fields: Iterable[tuple[str, str]] = ()
    again: bool = True  # whether a 503 asks to try again

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of the response."""
        headers = {"Content-Type": "application/problem+json"}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE and self.again:
            headers["Retry-After"] = "1"
        return headers

    @property
    def content(self) -> dict[str, Any]:
        """Return the body of the response."""
        content: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail or HTTPStatus(self.status).description,
        }
        if errors := [{"field": name, "message": text} for name, text in self.fields]:
            content["errors"] = errors
        return content


def storage_problem(error: StorageError) -> Problem:
    """Turn an error of the data layer into a problem."""
    status = next(
        (STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500
    )
    columns = error.columns if isinstance(error, Violated) else ()
    fields = ["cursor"] if isinstance(error, InvalidCursor) else columns
    told = [(field, str(error)) for field in fields]
    # What may have happened, or would only be slow again, is not to be asked for twice.
    again = not isinstance(error, CommitUnknown | StatementTimeout)
    return Problem(status, str(error), told, again=again)


def validation_problem(errors: Iterable[Mapping[str, Any]]) -> Problem:
    """Turn what pydantic found in a request into a problem."""
    fields = [(_field(error), error["msg"]) for error in errors]
    return Problem(422, "the request is not valid", fields)


def _field(error: Mapping[str, Any]) -> str:
    if error["type"] == "json_invalid":
        return "body"
    return ".".join(map(str, error["loc"])) or "body"
