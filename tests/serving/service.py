"""A rendered service, served for real, and its clients."""

import asyncio
import os
import shlex
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from projects import Project

PATIENCE = 180.0  # seconds until a server has to answer


class Service:
    """A server process, and a client of it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self.refusal = ""  # why it is not ready
        self.killed = False  # its connections: SQLAlchemy may log that with a traceback
        self.client = httpx2.Client(base_url=self.url, timeout=60, trust_env=False)

    def call(self, method: str, path: str, expected: int, **request: Any) -> Any:
        """Send a request; the JSON of the answer, whose status has to be the expected."""
        response = self.client.request(method, path, **request)
        what = f"{method} {path}: {response.status_code} {response.text}"
        assert response.status_code == expected, what
        if expected >= 400:
            assert response.headers["Content-Type"] == "application/problem+json", what
            assert {"type", "title", "status", "detail"} <= set(response.json()), what
        return response.json() if response.content else None

    def answers(self) -> bool:
        """Whether it is ready."""
        try:
            answer = self.client.get("/health/ready")
        except httpx2.TransportError:
            return False
        self.refusal = answer.text
        return answer.status_code == 200

    def storm(self, requests: list[dict[str, Any]]) -> list[httpx2.Response]:
        """Send requests all at once, each by a connection of its own."""

        async def send() -> list[httpx2.Response]:
            limits = httpx2.Limits(max_connections=None)
            async with httpx2.AsyncClient(
                base_url=self.url, timeout=60, limits=limits, trust_env=False
            ) as client:
                return await asyncio.gather(*(client.request(**r) for r in requests))

        return asyncio.run(send())

    def statuses(self, requests: list[dict[str, Any]]) -> Counter[int]:
        """Send requests at once and count the answers; what is told to wait comes again."""
        counted: Counter[int] = Counter()
        while requests:
            responses = self.storm(requests)
            waiting = [r.status_code == 503 for r in responses]
            assert all(
                "Retry-After" in r.headers
                for r, told in zip(responses, waiting, strict=True)
                if told
            )
            counted.update(r.status_code for r in responses if r.status_code != 503)
            requests = [r for r, told in zip(requests, waiting, strict=True) if told]
        return counted


@contextmanager
def served(
    project: Project, workers: int, *options: str, script: str = ""
) -> Iterator[Service]:
    """Serve a project until the end of the block, if need be by the script of a guide."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    log = project.path / ".server.log"
    command = [
        str(project.path / ".venv/bin" / project.script),
        "serve",
        f"--port={port}",
        f"--workers={workers}",
        *options,
    ]
    if script:
        script = script.replace(f"uv run {project.script} serve", shlex.join(command))
        command = ["bash", "-euo", "pipefail", "-c", script]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=project.path,
            env=project.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    service = Service(process, port)
    try:
        # A script migrates before it serves.
        deadline = time.monotonic() + PATIENCE * (3 if script else 1)
        while not service.answers():
            running = process.poll() is None and time.monotonic() < deadline
            what = f"it does not serve: {service.refusal}\n{log.read_text('utf-8')}"
            assert running, what
            time.sleep(0.05)
        yield service
        text = log.read_text("utf-8")
        assert service.killed or "Traceback" not in text, text
    finally:
        service.client.close()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
