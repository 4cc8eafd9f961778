"""A service whose database has replicas, and what its servers say of themselves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cells import Cell
from installed import Installed, in_terms_of
from projects import Project
from servers.debian import NoServerError
from servers.kinds import PASSWORD
from servers.private import PrivateServer, running
from servers.shared import create_database, unavailable
from serving.service import Service
from serving.test_serving import wait_until

# MariaDB is told who it is, and to write its log and statistics.
MARIADB = ("--log-bin=log", "--gtid-strict-mode=1", "--userstat=1")
FOLLOW = f"""CHANGE MASTER TO master_host='127.0.0.1', master_port={{port}},
    master_user='root', master_password='{PASSWORD}', master_use_gtid=slave_pos,
    master_connect_retry=1, master_delay={{seconds}}"""
TABLES = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'shop'"
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
    """A primary and its replicas, and a project whose service reads from all."""

    cell: Cell
    project: Project
    primary: PrivateServer
    replicas: list[PrivateServer]

    @property
    def replica(self) -> PrivateServer:
        return self.replicas[0]

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

    def ask(self, server: PrivateServer, statement: str, database: str = "shop") -> Any:
        """Ask a server, past the service."""
        url = sa.make_url(server.url).set(database=database)
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
        """Keep the replica so far behind, the first of several."""
        if self.cell.database == "postgresql":
            self.replica.start(f"recovery_min_apply_delay={seconds}s")
        else:
            self.replica.start(*_settings(self.cell, 1))
            self.follow(self.replica, seconds)

    def wait_for_tables(self, replica: PrivateServer) -> None:
        """Wait until a MariaDB has the tables that the primary has."""

        def tables(server: PrivateServer) -> int:
            return int(self.ask(server, TABLES, database="mysql"))

        wait_until(lambda: tables(replica) == tables(self.primary), 60)

    def follow(self, replica: PrivateServer, seconds: int = 0) -> None:
        """Let a MariaDB repeat what the primary has in its log, so much later."""
        told = FOLLOW.format(port=self.primary.port, seconds=seconds)
        for statement in ("STOP SLAVE", told, "START SLAVE"):
            self.ask(replica, statement, database="mysql")


def states(service: Service) -> list[str]:
    """Return what the service says of its replicas."""
    answer = service.client.get("/health/ready").json()
    return list(answer.get("replicas", ["not ready"]))


@contextmanager
def replicated(
    cell: Cell, installed: Installed, folder: Path, replicas: int = 1
) -> Iterator[Replicated]:
    """Give a service's project, a primary with its schema, and replicas of that."""
    try:
        with ExitStack() as stack:

            def run(number: int, source: PrivateServer | None = None) -> PrivateServer:
                log, settings = folder / f"{number}.log", _settings(cell, number)
                return stack.enter_context(
                    running(cell.database, log, *settings, source=source)
                )

            primary = run(0)
            url = create_database(primary.url, "shop")
            # A worker may get most of the clients.
            pool = {"DATABASE_POOL_SIZE": "40", "DATABASE_POOL_TIMEOUT": "60"}
            variables = {"DATABASE_URL": in_terms_of(cell, url), **pool}
            project = replace(installed(cell, example=True), variables=variables)
            project.run("uv", "run", "alembic", "upgrade", "head")
            # A MariaDB begins empty.
            source = primary if cell.database == "postgresql" else None
            servers = [run(number, source) for number in range(1, replicas + 1)]
            scene = Replicated(cell, project, primary, servers)
            for server in servers if cell.database == "mysql" else ():
                scene.follow(server)
                scene.wait_for_tables(server)
            urls = [sa.make_url(url).set(port=server.port) for server in servers]
            variables["DATABASE_READ_URLS"] = ",".join(
                in_terms_of(cell, read.render_as_string(hide_password=False))
                for read in urls
            )
            yield scene
    except NoServerError as error:
        unavailable(cell.database, error)


def _settings(cell: Cell, number: int) -> tuple[str, ...]:
    """What the primary, 0, or a replica is started with."""
    if cell.database == "postgresql":
        return ()
    return (*MARIADB, f"--server-id={number + 1}", f"--read-only={min(number, 1)}")
