"""A service whose database has replicas, and what its servers say of themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cells import Cell
from installed import Installed, in_terms_of
from projects import Project
from servers.debian import NoServerError
from servers.private import PrivateServer, running
from servers.shared import create_database, unavailable
from serving.service import Service

# A primary keeps its log; a replica is told to stay behind.
PRIMARY = {
    "postgresql": (),
    "mysql": ("--log-bin=log", "--server-id=1", "--userstat=1"),
}
REPLICA = {
    "postgresql": (),
    "mysql": ("--server-id=2", "--read-only=1", "--userstat=1", "--log-bin=log"),
}
# How many rows of the orders were read on a server, or scans of them begun.
READS = {
    "postgresql": """SELECT coalesce(sum(seq_scan + idx_scan), 0)
        FROM pg_stat_user_tables WHERE relname = 'orders'""",
    "mysql": """SELECT coalesce(sum(rows_read), 0)
        FROM information_schema.table_statistics
        WHERE table_schema = 'shop' AND table_name = 'orders'""",
}


@dataclass
class Replicated:
    """A primary and its replica, and a project whose service reads from both."""

    cell: Cell
    project: Project
    primary: PrivateServer
    replica: PrivateServer

    def with_failover(self) -> Project:
        """Return the project with both servers in its URL, whichever is the primary."""
        url = sa.make_url(self.project.variables["DATABASE_URL"])
        hosts = [f"{url.host}:{each.port}" for each in (self.primary, self.replica)]
        query = {"host": hosts, "target_session_attrs": "read-write"}
        several = sa.URL.create(
            url.drivername, url.username, database=url.database, query=query
        )
        given = {"DATABASE_URL": several.render_as_string(hide_password=False)}
        variables = {**self.project.variables, "DATABASE_READ_URLS": "", **given}
        return replace(self.project, variables=variables)

    def ask(self, server: PrivateServer, statement: str) -> Any:
        """Ask a server, past the service."""
        url = sa.make_url(server.url).set(database="shop")
        engine = sa.create_engine(
            url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    def reads(self, server: PrivateServer) -> int:
        """Return how often the orders were read on a server."""
        return int(self.ask(server, READS[self.cell.database]))

    def hold(self, seconds: int) -> None:
        """Keep the replica so far behind."""
        if self.cell.database == "postgresql":
            self.replica.start(f"recovery_min_apply_delay={seconds}s")
            return
        for statement in (
            "STOP SLAVE",
            f"CHANGE MASTER TO master_delay={seconds}",
            "START SLAVE",
        ):
            self.ask(self.replica, statement)


def states(service: Service) -> list[str]:
    """Return what the service says of its replicas."""
    answer = service.client.get("/health/ready").json()
    return list(answer.get("replicas", ["not ready"]))


@contextmanager
def replicated(cell: Cell, installed: Installed, folder: Path) -> Iterator[Replicated]:
    """Give a service's project, a primary with its schema, and a replica of that."""
    kind = cell.database
    try:
        with running(kind, folder / "primary.log", *PRIMARY[kind]) as primary:
            url = create_database(primary.url, "shop")
            # A worker may get most of the clients.
            pool = {"DATABASE_POOL_SIZE": "40", "DATABASE_POOL_TIMEOUT": "60"}
            variables = {"DATABASE_URL": in_terms_of(cell, url), **pool}
            project = replace(installed(cell, example=True), variables=variables)
            project.run("uv", "run", "alembic", "upgrade", "head")
            log = folder / "replica.log"
            with running(kind, log, *REPLICA[kind], source=primary) as replica:
                read_url = sa.make_url(url).set(port=replica.port)
                variables["DATABASE_READ_URLS"] = in_terms_of(
                    cell, read_url.render_as_string(hide_password=False)
                )
                yield Replicated(cell, project, primary, replica)
    except NoServerError as error:
        unavailable(kind, error)
