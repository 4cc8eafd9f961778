"""Middleware: headers, limits, HEAD."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class AddSecurityHeaders:
    """Tell browsers not to guess types, embed pages in frames or send referrers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class LimitBody:
    """Answer a request whose body is too large with 413, when the body is read.

    A route may set another limit before it reads: `scope["max_body_size"]`. (That of
    FastAPI itself answers with a plain text, and cannot be set by a setting.)
    """

    def __init__(self, app: ASGIApp, max_body_size: int) -> None:
        self.app = app
        self.max_body_size = max_body_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["max_body_size"] = self.max_body_size
        announced = int(Headers(scope=scope).get("Content-Length", 0))
        received = 0

        def check(size: int) -> None:
            if size > (limit := scope["max_body_size"]):
                raise HTTPException(413, f"the body has more than {limit} bytes")

        async def receive_limited() -> Message:
            nonlocal received
            check(announced)
            message = await receive()
            received += len(message.get("body", b""))
            check(received)
            return message

        await self.app(scope, receive_limited, send)


class HeadAsGet:
    """Answer HEAD as GET, whose body the server leaves out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") != "HEAD":
            await self.app(scope, receive, send)
            return
        get = {**scope, "method": "GET"}
        try:
            await self.app(get, receive, send)
        finally:
            scope["route"] = get.get("route")  # for the log
