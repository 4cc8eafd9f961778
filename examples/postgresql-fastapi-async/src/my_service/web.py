"""Parts that every route shares: what it is given, errors as responses, paths."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.concurrency import run_in_threadpool
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from .access_log import LogRequests
from .connection import connected
from .database import Sessions, StorageError
from .middleware import AddSecurityHeaders
from .openapi import complete
from .problems import InvalidRequest, Problem, ProblemError, storage_problem
from .serving import stop_with_supervisor
from .sessions import request_session, request_sessions

IN_MEMORY = 2**20  # bytes of an upload
Value = TypeVar("Value")


def _number(text: object) -> object:
    if isinstance(text, str) and re.fullmatch("-?[0-9]{1,18}", text):
        return int(text)
    return text


# An integer in a query or a header, which carry text: digits, and nothing else.
FromText = Annotated[Value, BeforeValidator(_number)]


class Service(FastAPI):
    """Logs its requests; describes in OpenAPI what all routes have in common."""

    def build_middleware_stack(self) -> ASGIApp:
        # Around all, so that they see the answer to an exception, too.
        app = super().build_middleware_stack()
        if origins := self.state.settings.cors_origins:
            app = CORSMiddleware(app, origins, ["*"], ["*"], expose_headers=["*"])
        return LogRequests(AddSecurityHeaders(app))

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            complete(super().openapi())
        return super().openapi()


class IdConvertor(IntegerConvertor):
    """An id in a path: `/products/{product_id:id}`. Other texts are not found."""

    regex = "[1-9][0-9]{0,17}"


register_url_convertor("id", IdConvertor())


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Hold the connections while the service runs."""
    stop_with_supervisor()
    async with connected(app.state.settings) as app.state.sessions:
        yield


async def request_file(request: Request) -> AsyncIterator[IO[bytes]]:
    """Yield the request's body as a file; on the disk, if it is large."""
    request.scope["max_body_size"] = request.app.state.settings.max_upload_size
    with SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
        except ClientDisconnect as error:
            raise HTTPException(400, "the body is not complete") from error
        except OSError as error:
            raise HTTPException(503, "there is no room for the body") from error
        file.seek(0)
        yield file


async def request_principal() -> str:
    """Return a stable identifier of the authenticated client.

    As it is here nobody is authenticated: all share one set of idempotency keys.
    """
    return ""


CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}, "required": True}
RequestFile = Annotated[IO[bytes], Depends(request_file)]
RequestSessions = Annotated[Sessions, Depends(request_sessions)]
# With the scope "function" the commit comes before the response: when it fails, the
# client is told so.
RequestSession = Annotated[AsyncSession, Depends(request_session, scope="function")]
RequestPrincipal = Annotated[str, Depends(request_principal)]


def problem_response(problem: Problem) -> JSONResponse:
    """Answer with a problem."""
    return JSONResponse(problem.content, problem.status, problem.headers)


def answer_errors_as_problems(app: FastAPI) -> None:
    """Answer each error with a problem that shows nothing of the inside."""

    @app.exception_handler(ProblemError)
    async def problem(request: Request, error: ProblemError) -> JSONResponse:
        return problem_response(error.problem)

    @app.exception_handler(StorageError)
    async def storage_error(request: Request, error: StorageError) -> JSONResponse:
        view, if_match = request.scope["endpoint"], "If-Match" in request.headers
        return problem_response(storage_problem(error, view, if_match=if_match))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if isinstance(error.body, bytes):  # which FastAPI has not read as JSON
            return problem_response(Problem(415, "send JSON as application/json"))
        return problem_response(InvalidRequest(error.errors()).problem)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return problem_response(Problem(500))


def answer_http_errors_as_problems(app: FastAPI) -> None:
    """Answer what FastAPI or a route refuses with a problem."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> JSONResponse:
        # Without a text of its own the phrase, which is the title.
        said = error.detail != HTTPStatus(error.status_code).phrase
        problem = Problem(error.status_code, error.detail if said else None)
        response = problem_response(problem)
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(sorted(allowed_methods(request)))
        return response


def allowed_methods(request: Request) -> set[str]:
    """Return the methods of all routes that have the path of the request."""
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path_regex.match(request.scope["path"])
        for method in route.methods or ()
    }
    return methods | {"HEAD"} if "GET" in methods else methods
