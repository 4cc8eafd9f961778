"""Parts that every route shares: the session, errors as responses, paths."""

import logging
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, TypeVar, cast

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from pydantic import BeforeValidator
from pydantic_core import to_json
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.routing import IntegerConverter

from . import logs
from .database import Sessions, StorageError, unit_of_work
from .operations import describe
from .problems import Problem, ProblemError, storage_problem
from .settings import Settings

logger = logging.getLogger(__name__)
SECURITY_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
IN_MEMORY = 2**20  # bytes of an upload
Value = TypeVar("Value")


def _number(text: object) -> object:
    if isinstance(text, str) and re.fullmatch("-?[0-9]{1,18}", text):
        return int(text)
    return text


# An integer in a query or a header, which carry text: digits, and nothing else.
FromText = Annotated[Value, BeforeValidator(_number)]


class IdConverter(IntegerConverter):
    """An id in a path: `/products/<id:product_id>`. Other texts are not found."""

    regex = "[1-9][0-9]{0,17}"


class Service(Flask):
    """Runs each view as one unit of work, committed before the response leaves."""

    def __init__(self, name: str, sessions: Sessions) -> None:
        super().__init__(name)
        self.sessions = sessions
        self.info: dict[str, str] = {}  # of the OpenAPI document
        self.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
        self.url_map.converters["id"] = IdConverter
        self.url_map.merge_slashes = False

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        return describe(self, **self.info)

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view; end its unit of work, if it has asked for its session."""
        logs.note(route=request.url_rule)
        with ExitStack() as g.view:
            return super().dispatch_request()

    def log_exception(self, exc_info: Any) -> None:
        """Log an exception, without the path: values may be part of it."""
        logger.error("exception in a view", exc_info=exc_info)


def service() -> Service:
    """Return the service that handles the request."""
    return cast("Service", current_app)


def request_session() -> Session:
    """Return the session of the request: rolled back when the view raises."""
    if "session" not in g:
        reads = request.method in ("GET", "HEAD")
        unit = unit_of_work(service().sessions, read_only=reads)
        g.session = g.view.enter_context(unit)
    return cast("Session", g.session)


def request_principal() -> str:
    """Return a stable identifier of the authenticated client.

    As it is here nobody is authenticated: all share one set of idempotency keys.
    """
    return ""


@contextmanager
def request_file() -> Iterator[IO[bytes]]:
    """Yield the request's body as a file; on the disk, if it is large."""
    request.max_content_length = current_app.config["MAX_UPLOAD_SIZE"]
    with SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            shutil.copyfileobj(request.stream, file)
        except OSError as error:
            raise ServiceUnavailable("there is no room for the body") from error
        file.seek(0)
        yield file


def answer(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with JSON, made of a model or a dataclass; a 204 or a 304 has none."""
    response = Response(status=status, headers=headers)
    if status in (204, 304):
        del response.headers["Content-Type"]
    else:
        response.data = to_json(content)
        response.mimetype = "application/json"
    return response


def problem_response(problem: Problem) -> Response:
    """Answer with a problem."""
    return Response(to_json(problem.content), problem.status, problem.headers)


def protect(app: Flask, settings: Settings) -> None:
    """Refuse what is too large or for another host; add headers for browsers."""
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_size
    app.config["MAX_UPLOAD_SIZE"] = settings.max_upload_size
    if settings.trusted_hosts:
        # The container's own health check is always one of them.
        app.config["TRUSTED_HOSTS"] = [*settings.trusted_hosts, "127.0.0.1"]

    @app.after_request
    def add_security_headers(response: Response) -> Response:
        response.headers.update(SECURITY_HEADERS)
        return response

    if settings.cors_origins:
        allow_origins(app, settings.cors_origins)


def allow_origins(app: Flask, origins: list[str]) -> None:
    """Let scripts of pages of these origins call the service; `*` stands for all."""

    @app.before_request
    def answer_preflight() -> Response | None:
        asked = "Access-Control-Request-Method" in request.headers
        return Response() if asked and request.method == "OPTIONS" else None

    @app.after_request
    def add_cors_headers(response: Response) -> Response:
        response.vary.add("Origin")
        if request.origin and {request.origin, "*"} & set(origins):
            asked = request.headers.get
            allowed = {
                "Origin": request.origin,
                "Methods": asked("Access-Control-Request-Method"),
                "Headers": asked("Access-Control-Request-Headers"),
            }
            for name, value in allowed.items():
                if value:
                    response.headers[f"Access-Control-Allow-{name}"] = value
            response.headers["Access-Control-Expose-Headers"] = "*"
        return response


def answer_errors_as_problems(app: Flask) -> None:
    """Answer each error with a problem that shows nothing of the inside."""

    @app.errorhandler(ProblemError)
    def problem(error: ProblemError) -> Response:
        return problem_response(error.problem)

    @app.errorhandler(StorageError)
    def storage_error(error: StorageError) -> Response:
        view = app.view_functions[request.endpoint or ""]
        if_match = "If-Match" in request.headers
        return problem_response(storage_problem(error, view, if_match=if_match))

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        # Without a text of its own that of the status is used.
        said = error.description != type(error).description
        problem = Problem(error.code or 500, error.description if said else None)
        response = problem_response(problem)
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = ", ".join(sorted(value.split(", ")))
            elif name != "Content-Type":
                response.headers.add(name, value)
        return response
