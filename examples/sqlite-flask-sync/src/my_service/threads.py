"""Flask on an ASGI server, which reads and writes: a thread only works.

Who sends a request slowly holds no thread, and health has one of its own.
"""

import asyncio
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile
from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask
from pydantic_core import to_json

from .problems import Problem

Message = dict[str, Any]
CHUNK = 2**16


class Threads:
    """An ASGI application that calls a service in threads, with whole requests."""

    def __init__(self, service: Flask, threads: int, limit: int) -> None:
        self.limit = limit
        self.work = WSGIMiddleware(until_hung_up(service), workers=threads)
        self.health = WSGIMiddleware(until_hung_up(service), workers=1)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.work(scope, receive, send)
            return
        with SpooledTemporaryFile[bytes](max_size=16 * CHUNK) as body:
            try:
                if not await self.read(receive, body):
                    return
            except OSError:
                await refuse(send, Problem(503, "there is no room for the body"))
                return

            async def receive_read() -> Any:
                chunk = body.read(CHUNK)
                more = len(chunk) == CHUNK
                return {"type": "http.request", "body": chunk, "more_body": more}

            hung_up = asyncio.create_task(hang_up(receive))
            request = with_length(scope, body.tell()) | {"hung_up": hung_up.done}
            body.seek(0)
            threads = self.work
            if request["path"].startswith("/health/"):
                threads = self.health
            await threads(request, receive_read, send)
            hung_up.cancel()

    async def read(self, receive: Any, body: SpooledTemporaryFile[bytes]) -> bool:
        """Read a body, or more of it than is allowed; tell whether the client waits."""
        more = True
        while more and body.tell() <= self.limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                return False
            body.write(message["body"])
            more = message["more_body"]
        return True


async def refuse(send: Any, problem: Problem) -> None:
    """Answer with a problem, without the service."""
    headers = [(n.lower().encode(), v.encode()) for n, v in problem.headers.items()]
    start = {"type": "http.response.start", "status": problem.status}
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": to_json(problem.content)})


def with_length(scope: Any, length: int) -> Any:
    """Return the scope of a request that says how long its body is."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in {b"content-length", b"transfer-encoding"}
    ]
    length_header = (b"content-length", str(length).encode())
    return {**scope, "headers": [*headers, length_header]}


async def hang_up(receive: Any) -> None:
    """Wait until the client hangs up, or the response is complete."""
    while (await receive())["type"] != "http.disconnect":
        pass


def until_hung_up(service: Flask) -> Callable[..., Iterator[bytes]]:
    """Return the service, which does nothing for those who wait no longer."""

    def stream(environ: Message, start_response: Any) -> Iterator[bytes]:
        hung_up = environ["asgi.scope"]["hung_up"]
        if hung_up():
            return  # it waited for a thread, and the client no longer does
        response = service(environ, start_response)
        try:
            for chunk in response:
                if hung_up():
                    break
                yield chunk
        finally:
            getattr(response, "close", lambda: None)()

    return stream
