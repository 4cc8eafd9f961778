"""How each kind of server is started: on 127.0.0.1, fast rather than durable."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from servers.binaries import Install
from servers.debian import NoServerError

Process = subprocess.Popen[bytes]
PASSWORD = "root"
# The variable that names the server behind a pooler; its connections to a database.
BEHIND_POOLER, POOL_SIZE = "TEST_BEHIND_POOLER", 5
POSTGRESQL_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "autovacuum=off",
    "jit=off",
    "max_connections=400",
    "dynamic_shared_memory_type=mmap",  # in the data directory, which goes as a whole
)
MARIADB_SETTINGS = (
    "--skip-log-bin",
    "--skip-name-resolve",
    "--performance-schema=off",
    "--character-set-server=utf8mb4",
    "--max-connections=400",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=16M",
    "--innodb-file-per-table=0",
    "--innodb-autoextend-increment=1",
)


@dataclass(frozen=True)
class Place:
    """Where a server lives, as whom, and the files that it runs."""

    home: Path
    account: dict[str, Any]  # arguments for subprocess
    install: Install

    def initialise(self, program: str, *arguments: str) -> None:
        command = [self.install.program(program), *arguments]
        subprocess.run(
            command, check=True, cwd=self.home, env=self.environment(), **self.account
        )

    def serve(self, program: str, *arguments: str) -> Process:
        command = [self.install.program(program), *arguments]
        return subprocess.Popen(
            command, cwd=self.home, env=self.environment(), **self.account
        )

    def environment(self) -> dict[str, str]:
        """With a TMPDIR of its own: in a shared one MariaDB deletes others' tables."""
        return {**self.install.environment(), "TMPDIR": str(self.home)}


def initialise_postgresql(place: Place) -> None:
    data = f"-D{place.home / 'data'}"
    # Segments of 1 MB: a server whose files may not grow can still write its log.
    place.initialise(
        "initdb",
        data,
        *("-Upostgres", "-Atrust", "-N", "--no-locale", "-EUTF8", "--wal-segsize=1"),
    )


def copy_postgresql(place: Place, port: int) -> None:
    place.initialise(
        "pg_basebackup",
        f"-D{place.home / 'data'}",
        *(f"-p{port}", "-h127.0.0.1", "-Upostgres", "-Xstream", "-cfast", "-N"),
        *("-R", "-C", f"-Sof_{place.home.name.replace('-', '_').lower()}"),
    )


def serve_postgresql(place: Place, port: int, *settings: str) -> Process:
    network = (
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
    )
    all_settings = (*POSTGRESQL_SETTINGS, *network, *settings)
    data = f"-D{place.home / 'data'}"
    return place.serve("postgres", data, *(f"-c{setting}" for setting in all_settings))


def mariadb_settings(place: Place) -> tuple[str, ...]:
    folders = (
        f"--basedir={place.install.prefix}",
        f"--datadir={place.home / 'data'}",
        f"--tmpdir={place.home}",
    )
    return ("--no-defaults", *folders, *MARIADB_SETTINGS)


def initialise_mariadb(place: Place) -> None:
    place.initialise(
        "mariadb-install-db",
        *mariadb_settings(place),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    )
    (place.home / "first.sql").write_text(
        # Each server for itself: what is in its log is repeated by its replica.
        "set sql_log_bin = 0;\n"
        f"create or replace user root@'127.0.0.1' identified by '{PASSWORD}';\n"
        "grant all on *.* to root@'127.0.0.1' with grant option;\n"
    )


def serve_mariadb(place: Place, port: int, *settings: str) -> Process:
    network = (
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--socket={place.home / 'socket'}",
    )
    files = (
        f"--pid-file={place.home / 'pid'}",
        f"--init-file={place.home / 'first.sql'}",
    )
    common = mariadb_settings(place)
    return place.serve("mariadbd", *common, *network, *files, *settings)


def postgresql_in_docker() -> tuple[Process, int]:
    settings = (f"-c{setting}" for setting in POSTGRESQL_SETTINGS)
    return _docker("postgres:18", 5432, "POSTGRES_HOST_AUTH_METHOD=trust", *settings)


def mariadb_in_docker() -> tuple[Process, int]:
    return _docker(
        "mariadb:11.8", 3306, f"MARIADB_ROOT_PASSWORD={PASSWORD}", *MARIADB_SETTINGS
    )


def _docker(
    image: str, inner: int, environment: str, *settings: str
) -> tuple[Process, int]:
    """In the foreground, a child like the others; docker passes our signals on."""
    port = free_port()
    options = ("--rm", f"--publish=127.0.0.1:{port}:{inner}", f"--env={environment}")
    return subprocess.Popen(["docker", "run", *options, image, *settings]), port


def initialise_pgbouncer(place: Place) -> None:
    """Write what it is told, but for its port and the server behind it."""
    (place.home / "users.txt").touch()


def serve_pgbouncer(place: Place, port: int, *settings: str) -> Process:
    """Serve each database of the server that the environment names, by few connections."""
    server = sa.make_url(os.environ[BEHIND_POOLER])
    target = {"host": server.host, "port": server.port, "user": server.username}
    target |= {"password": server.password} if server.password else {}
    own = (
        "[databases]",
        "* = " + " ".join(f"{name}={value}" for name, value in target.items()),
        "[pgbouncer]",
        *("listen_addr = 127.0.0.1", f"listen_port = {port}", "unix_socket_dir ="),
        *("auth_type = any", "pool_mode = transaction", "max_client_conn = 400"),
        f"default_pool_size = {POOL_SIZE}",
        "server_login_retry = 1",
        *settings,
    )
    configuration = place.home / "pgbouncer.ini"
    configuration.write_text("\n".join(own) + "\n")
    return place.serve("pgbouncer", "--quiet", str(configuration))


def pgbouncer_in_docker() -> tuple[Process, int]:
    raise NoServerError("it is not started in docker")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Kind:
    initialise: Callable[[Place], None]
    serve: Callable[..., Process]  # with a place, a port and settings of its own
    durable: str  # the setting with which no commit is lost when the server is killed
    serve_in_docker: Callable[[], tuple[Process, int]]
    url: str
    stop: (
        signal.Signals
    )  # the fastest that leaves nothing behind: the data are thrown away
    copy: Callable[[Place, int], None] | None = (
        None  # the server at a port, as its replica
    )


KINDS = {
    "postgresql": Kind(
        initialise=initialise_postgresql,
        copy=copy_postgresql,
        serve=serve_postgresql,
        durable="synchronous_commit=on",
        serve_in_docker=postgresql_in_docker,
        url="postgresql+psycopg://postgres@127.0.0.1:{port}/postgres",
        stop=signal.SIGQUIT,
    ),
    "mysql": Kind(
        initialise=initialise_mariadb,
        serve=serve_mariadb,
        durable="--innodb-flush-log-at-trx-commit=1",
        serve_in_docker=mariadb_in_docker,
        url=f"mysql+pymysql://root:{PASSWORD}@127.0.0.1:{{port}}/mysql?charset=utf8mb4",
        stop=signal.SIGTERM,
    ),
    "pgbouncer": Kind(
        initialise=initialise_pgbouncer,
        serve=serve_pgbouncer,
        durable="",
        serve_in_docker=pgbouncer_in_docker,
        url="postgresql+psycopg://postgres@127.0.0.1:{port}/postgres",
        stop=signal.SIGQUIT,
    ),
}
