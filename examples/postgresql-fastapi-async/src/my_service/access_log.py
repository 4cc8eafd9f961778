"""Access: an id for each request, and a line in the log when it has been answered."""

import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from . import logs
from .database import Statements, statements

ASGI = Callable[[Any, Any, Any], Awaitable[None]]

logger = logging.getLogger(__name__)
GIVEN = re.compile(rb"[\w.-]{1,128}", re.ASCII)
# The id of a trace (W3C Trace Context).
TRACE = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


class LogRequests:
    """Gives each request its id, which all its lines have; logs how it was answered."""

    def __init__(self, app: ASGI) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id = time.perf_counter(), id_of(scope["headers"])
        status = 499  # until the answer begins: a client may hang up before

        async def send_with_id(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                header = (b"x-request-id", request_id.encode())
                message = {**message, "headers": [*message["headers"], header]}
            await send(message)

        # Not reset afterwards: the server logs an exception after this returns.
        logs.context.set(begin(scope, request_id))
        statements.set(sent := Statements())
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            log(status, time.perf_counter() - began, sent)


def begin(scope: Any, request_id: str) -> dict[str, Any]:
    """Return the fields of all lines of a request; its route is known later."""

    def route() -> str | None:
        return getattr(scope.get("route"), "path", None)

    return {"request_id": request_id, "method": scope["method"], "route": route}


def log(status: int, seconds: float, sent: Statements) -> None:
    """Log that a request has been answered, or was given up."""
    logger.info(
        "answered %s",
        status,
        extra={
            "status": status,
            "duration_ms": round(seconds * 1000, 1),
            "statements": sent.count,
            "statements_ms": round(sent.seconds * 1000, 1),
        },
    )


def id_of(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the id that a request brings along, if it is well-formed, else a new one."""
    given = dict(headers)
    if GIVEN.fullmatch(request_id := given.get(b"x-request-id", b"")):
        return request_id.decode()
    trace = TRACE.fullmatch(given.get(b"traceparent", b""))
    return trace[1].decode() if trace else uuid4().hex
