"""A plugin: a service with a database server of its own, and ways to let them down."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import DRIVERS, Installed, in_terms_of
from projects import Project
from servers.debian import NoServerError
from servers.private import PrivateServer, running
from servers.shared import create_database, unavailable
from serving.service import Service, served

from faults.scenarios.proxy import Proxy

# The connections that run a statement, and those that are in a transaction between two;
# without the one that asks.
WORKING = {
    "postgresql": """SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND state = 'active'""",
    "mysql": """SELECT id FROM information_schema.processlist
        WHERE db = database() AND id <> connection_id() AND command <> 'Sleep'""",
}
IDLE = {
    "postgresql": """SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND state LIKE 'idle in transaction%%'""",
    "mysql": """SELECT trx_mysql_thread_id FROM information_schema.innodb_trx
        WHERE trx_mysql_thread_id NOT IN (0, connection_id())""",
}
KILL = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


@dataclass
class Scene:
    """A service, its database, and what stands between them."""

    cell: Cell
    project: Project
    service: Service
    engine: sa.Engine
    server: PrivateServer | None = None
    proxy: Proxy | None = None

    def ask(self, statement: str) -> list[Any]:
        """Ask the database past the service; return the first column."""
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(statement).scalars())

    def do(self, *statements: str) -> None:
        """Change the database past the service."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def working(self) -> list[int]:
        """The numbers of the connections that run a statement."""
        return self.ask(WORKING[self.cell.database]) if self.server else []

    def at_rest(self) -> bool:
        """Whether no connection is at work or in a transaction."""
        if self.server is None:
            return True
        return not self.working() and not self.ask(IDLE[self.cell.database])

    def kill(self, number: int) -> None:
        """Let the server end a connection."""
        self.do(KILL[self.cell.database].format(number))

    @property
    def log(self) -> str:
        """What the service has written."""
        return (self.project.path / ".server.log").read_text("utf-8")

    def send(self, request: str, content: str = "") -> socket.socket:
        """Send a request without reading its answer."""
        port = self.service.client.base_url.port
        connection = socket.create_connection(("127.0.0.1", port))
        head = (
            f"{request} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        connection.sendall((head + content).encode())
        return connection


def wait_until(condition: Callable[[], Any], seconds: float = 15) -> None:
    """Wait for a condition, which has to come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        # MariaDB's innodb_trx stays as it is while it is read more often than this.
        time.sleep(0.15)


@pytest.fixture(scope="session")
def stage(
    cell: Cell, installed: Installed, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """The service of a cell, with a database of its own."""
    folder = tmp_path_factory.mktemp("stage")
    try:
        with serving(cell, installed, folder) as scene:
            yield scene
    except NoServerError as error:
        unavailable(cell.database, error)


@contextmanager
def serving(cell: Cell, installed: Installed, folder: Path) -> Iterator[Scene]:
    """Give a service with a database; between it and a server stands a proxy."""
    with ExitStack() as stack:
        server = proxy = None
        if cell.database == "sqlite":
            url = asked = f"{DRIVERS['sqlite', 'sync']}:///{folder / 'shop.db'}"
        else:
            log = folder / "server.log"
            server = stack.enter_context(running(cell.database, log))
            proxy = stack.enter_context(Proxy(server.port))
            url = create_database(server.url, "shop")
            proxied = sa.make_url(url).set(port=proxy.port)
            asked = proxied.render_as_string(hide_password=False)
        variables = {"DATABASE_URL": in_terms_of(cell, asked)}
        project = replace(installed(cell, example=True), variables=variables)
        project.run("uv", "run", "alembic", "upgrade", "head")
        service = stack.enter_context(served(project, workers=1))
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        yield Scene(cell, project, service, engine, server, proxy)


@pytest.fixture
def scene(stage: Scene) -> Iterator[Scene]:
    """The stage before and after a fault: it is ready, and nothing is left over."""
    for table in ("order_lines", "orders", "products", "customers"):
        stage.do(f"DELETE FROM {table}")
    written = len(stage.log)
    yield stage
    wait_until(stage.service.answers)
    wait_until(stage.at_rest)
    assert "Traceback" not in stage.log[written:], stage.log[written:]
