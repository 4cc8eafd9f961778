"""A pytest plugin: servers of a test's own, which it may kill and keep short of space.

They come from the machine or are bundled, see shared.py; docker's cannot be killed so.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import Cell

from servers import binaries
from servers.debian import NoServerError
from servers.kinds import KINDS
from servers.run import TESTS
from servers.shared import unavailable

PATIENCE = 60  # seconds until a server has to answer


class PrivateServer:
    """A server that loses no commit when it is killed."""

    def __init__(self, kind: str, keeper: subprocess.Popen[str]) -> None:
        self._keeper = keeper
        self.port = int(self._answer())
        self.url = KINDS[kind].url.format(port=self.port)

    def start(self, *settings: str) -> None:
        """Start it, or kill it and start it again, on the same data and the same port."""
        self._order(list(settings))
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL it and its children."""
        self._order(None)

    def answers(self) -> bool:
        """Whether it can be connected to."""
        try:
            with sa.create_engine(self.url, poolclass=sa.NullPool).connect():
                return True
        except sa.exc.OperationalError:
            return False

    def _order(self, settings: list[str] | None) -> None:
        assert self._keeper.stdin is not None
        print(json.dumps(settings), file=self._keeper.stdin, flush=True)
        self._answer()

    def _answer(self) -> str:
        assert self._keeper.stdout is not None
        answer = self._keeper.stdout.readline()
        assert answer, "the keeper of the server has ended"
        return answer


@pytest.fixture
def private_server(cell: Cell, tmp_path: Path) -> Iterator[PrivateServer]:
    """A server of the test's own, of the cell's kind."""
    try:
        with running(cell.database, tmp_path / "server.log") as server:
            yield server
    except NoServerError as error:
        unavailable(cell.database, error)


@contextmanager
def running(
    kind: str, log: Path, *settings: str, source: PrivateServer | None = None
) -> Iterator[PrivateServer]:
    """Give a server that runs until the end of the block, or a replica of another one.

    Raises NoServerError.
    """
    install = binaries.find(kind)
    if install is None:
        raise NoServerError("servers in docker cannot be killed and started again")
    files = filter(None, (install.prefix, install.libraries))
    of = f"@{source.port}" if source else ""
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "servers.keeper", kind + of, *files],
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            start_new_session=True,
        ) as keeper,
    ):
        server = PrivateServer(kind, keeper)
        server.start(*settings)
        yield server
