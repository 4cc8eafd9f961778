"""Errors as problem details (RFC 9457), the same for every route."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, ClassVar, get_type_hints

from pydantic import BaseModel

from . import logs
from .database import InvalidCursor, errors

STATUSES: dict[type, int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.ReferenceMissing: 422,
    errors.CheckFailed: 422,
    InvalidCursor: 422,
    errors.InvalidInput: 422,
    errors.Unavailable: 503,
}
REPORTED = 100  # mistakes in a request
# Of problems that say no more than their status.
CODES = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
    500: "internal_error",
    503: "unavailable",
}


@dataclass(frozen=True)
class Problem:
    """A problem; `fields` maps a field of the request to what is wrong with it.

    Programs go by `code`, which says more than the status, and stays when words change.
    """

    status: int
    detail: str | None = None
    fields: Iterable[tuple[str, str]] = ()
    again: bool = True  # whether a 503 asks to try again
    code: str | None = None
    title: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/problem+json"}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE and self.again:
            headers["Retry-After"] = "1"
        return headers

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "type": f"urn:problem:{self.code}" if self.code else "about:blank",
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail or HTTPStatus(self.status).description,
            "code": self.code or CODES.get(self.status, f"http_{self.status}"),
        }
        if request_id := logs.current_fields().get("request_id"):
            content["request_id"] = request_id
        if found := [{"field": name, "message": text} for name, text in self.fields]:
            content["errors"] = found
        return content


class FieldProblem(BaseModel):
    """A field of the request that is not valid."""

    field: str
    message: str


class ProblemRead(BaseModel, title="Problem"):
    """A problem as it is answered; programs go by `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: list[FieldProblem] = []


class ProblemError(Exception):
    """An error with an answer of its own: its subclasses say which."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str | None] = None

    def __init__(self, detail: str, fields: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self.fields = fields

    @property
    def problem(self) -> Problem:
        return Problem(
            self.status, str(self), self.fields, code=self.code, title=self.title
        )


class InvalidRequest(ProblemError):
    """A request in which pydantic found mistakes."""

    status = 422
    code = "invalid_request"

    def __init__(self, mistakes: Iterable[Mapping[str, Any]]) -> None:
        some = islice(mistakes, REPORTED)
        fields = [(_field(mistake), mistake["msg"]) for mistake in some]
        super().__init__("the request is not valid", fields)


def _field(error: Mapping[str, Any]) -> str:
    part, *path = error["loc"]
    if error["type"] == "json_invalid" or not path:
        return str(part)
    return ".".join(map(str, path))


def storage_problem(
    error: errors.StorageError, view: Callable[..., Any], *, if_match: bool
) -> Problem:
    """Turn an error of the data layer into a problem of a request.

    `view` is what the request was for; `if_match` says whether it was conditional.
    """
    if if_match and isinstance(error, errors.Stale):
        return Problem(412, str(error), code="precondition_failed")
    kinds = type(error).mro()
    status = next((STATUSES[kind] for kind in kinds if kind in STATUSES), 500)
    names = error.columns if isinstance(error, errors.ConstraintViolated) else ()
    if isinstance(error, InvalidCursor):
        names = ("cursor",)
    known = request_fields(view)
    fields = [(known[name], str(error)) for name in names if name in known]
    # What may have happened, or would only be slow again, is not to be asked for twice.
    again = not isinstance(error, errors.CommitUnknown | errors.StatementTimeout)
    return Problem(status, str(error), fields, again=again, code=error.code)


def request_fields(view: Callable[..., Any]) -> dict[str, str]:
    """Return the fields of the requests to a view, as their clients write them.

    They are found by the names that the models of the request have for them.
    """
    hints = get_type_hints(view)
    hints.pop("return", None)
    models = [hint for hint in hints.values() if isinstance(hint, type)]
    return {
        name: field.alias or name
        for model in models
        if issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }
