"""The servers of one run of pytest, which all its workers share and none outlives."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from servers import binaries
from servers.binaries import Install
from servers.debian import NoServerError

TESTS = Path(__file__).parents[1]  # from where its programs are found
PATIENCE = 300  # seconds: docker may have to fetch an image
Supervisor = subprocess.Popen[bytes]
_supervisors: list[Supervisor] = []  # kept, since they outlive what starts them


class Life:
    """A port that is open while pytest lives: the kernel closes it however pytest ends.

    The supervisors connect to it, and end with their connection.
    """

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def end(self) -> None:
        """Let the supervisors know, and wait until they are gone too."""
        supervisors = list(self._connections())
        for supervisor in supervisors:
            supervisor.shutdown(socket.SHUT_WR)
        for supervisor in supervisors:
            supervisor.settimeout(PATIENCE)
            supervisor.recv(1)
            supervisor.close()
        self.listener.close()

    def _connections(self) -> Iterator[socket.socket]:
        self.listener.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                yield self.listener.accept()[0]


@dataclass(frozen=True)
class Run:
    """A directory that the workers of this run share, and the port of pytest's life."""

    directory: Path
    life: int

    def url(self, kind: str) -> str:
        """The server's URL: the first worker to ask starts it for all."""
        answer = self.directory / f"{kind}.json"
        with binaries.locked(self.directory / f"{kind}.lock"):
            if not answer.exists():
                answer.write_text(json.dumps(self._start(kind)))
        url, error = json.loads(answer.read_text())
        if error:
            raise NoServerError(error)
        return str(url)

    def _start(self, kind: str) -> tuple[str, str]:
        """A URL, or an error."""
        try:
            install = binaries.find(kind)
        except NoServerError as error:
            return "", str(error)
        log, url = self.directory / f"{kind}.log", self.directory / f"{kind}.url"
        supervisor = self._supervise(kind, install, url, log)
        _wait_until(lambda: supervisor.poll() is not None or _answers(url))
        if _answers(url):
            return url.read_text(), ""
        supervisor.terminate()
        return "", f"it did not start: ...{log.read_text()[-500:].strip()}"

    def _supervise(
        self, kind: str, install: Install | None, url: Path, log: Path
    ) -> Supervisor:
        program = [sys.executable, "-m", "servers.supervisor"]
        files = filter(None, (install.prefix, install.libraries)) if install else ()
        with log.open("w") as output:
            supervisor = subprocess.Popen(
                [*program, kind, str(self.life), url, *files],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**os.environ, "PYTHONPATH": str(TESTS)},
                start_new_session=True,
            )
        _supervisors.append(supervisor)
        return supervisor


def _answers(url: Path) -> bool:
    try:
        with sa.create_engine(url.read_text(), poolclass=sa.NullPool).connect():
            return True
    except (FileNotFoundError, sa.exc.SQLAlchemyError):
        return False  # it has not been written yet, or nobody listens there yet


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
