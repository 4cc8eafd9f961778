"""Serving over HTTP."""

import asyncio
import multiprocessing
import os
import signal
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Annotated

import h11
import typer
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from . import logs
from .settings import load_settings


def serve(
    host: str = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
    reload: Annotated[bool, typer.Option(help="Restart when code changes.")] = False,
) -> None:
    """Serve over HTTP until SIGTERM; requests that run then get 8 seconds."""
    # So that a mistake is reported once, and not by each worker.
    settings = load_settings()
    logs.configure(settings)
    settings.ensure_secret_key(host)
    uvicorn.run(
        f"{__package__}.main:create_server",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        reload=reload,
        reload_dirs=[str(Path(__file__).parent)] if reload else None,
        http=TimedProtocol,
        forwarded_allow_ips=settings.trusted_proxies,
        log_config=None,
        access_log=False,
        timeout_keep_alive=settings.http_keep_alive,
        timeout_graceful_shutdown=8,
        # The time to import the application counts, on a busy machine too.
        timeout_worker_healthcheck=60,
    )


class TimedProtocol(H11Protocol):
    """HTTP/1.1 that hangs up on who takes too long to send a request, or reads no answer."""

    timer: asyncio.TimerHandle | None = None
    unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn does
        """Start the timer of the first request."""
        super().connection_made(transport)
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Stop the timer once the request is complete."""
        if self.timer is None:
            self._start_timer()
        super().data_received(data)
        if self.timer and self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
            self.timer.cancel()
            self.timer = None

    def on_response_complete(self) -> None:
        """Start the timer of a request that arrives behind the one just answered."""
        super().on_response_complete()
        if self.timer is None and self.conn.their_state is h11.SEND_BODY:
            self._start_timer()

    def pause_writing(self) -> None:
        """Start the timer of a client that does not read what it is sent."""
        super().pause_writing()
        self.unread = self.loop.call_later(request_timeout(), self.transport.abort)

    def resume_writing(self) -> None:
        """Stop that timer: the client has read."""
        super().resume_writing()
        if self.unread:
            self.unread.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self.timer, self.unread):
            if timer:
                timer.cancel()
        super().connection_lost(exc)

    def _start_timer(self) -> None:
        self.timer = self.loop.call_later(request_timeout(), self._time_out)

    def _time_out(self) -> None:
        # Unless it is the service that does not read.
        if self.flow.read_paused:
            self._start_timer()
        else:
            self.transport.close()


@cache
def request_timeout() -> float:
    return load_settings().http_request_timeout


def stop_with_supervisor() -> None:
    """Make a worker stop when the process that started it was killed."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def stop() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=stop, daemon=True).start()
