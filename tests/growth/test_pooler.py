"""A service behind PgBouncer in transaction mode, which keeps nothing of a session.

GROWTH=full runs all tests of the project through it, and 10,000 statements, in both styles.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from cells import Cell
from faults.inside import inside, told
from installed import Installed, in_terms_of
from matrix.test_cells import call_every_endpoint, sells_no_more_than_there_is
from projects import Project
from servers.kinds import POOL_SIZE
from servers.shared import create_database, drop_database
from serving.service import served

ASYNC = Cell("postgresql", "fastapi", "async")
SYNC = Cell("postgresql", "flask", "sync")
FULL = os.environ.get("GROWTH") == "full"
BOTH = (ASYNC, SYNC)
CLIENTS, TRANSACTIONS = 50, 50 if FULL else 5
# They end, or count, connections of the server, which are not theirs here.
NOT_BEHIND = {
    "test_server": "test_a_connection_that_died_idle_is_replaced",
    "test_doctor": "test_more_connections_than_the_server_allows_are_told",
}
# What a client would find of others; a lock of a session, and what it has prepared.
LEFT = """SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
    current_setting('TimeZone') = (
        SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'),
    (SELECT count(*) FROM pg_prepared_statements),
    (SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_class WHERE relpersistence = 't')"""


@pytest.fixture
def pooled(
    cell: Cell, installed: Installed, postgresql_server: str, pooler: str
) -> Iterator[Project]:
    """The project of the cell, behind the pooler, with a database of its own.

    A new name each time: who comes back to a database that another worker has dropped
    waits in the pooler until its query_wait_timeout.
    """
    name = f"pooled_{uuid4().hex}"
    direct = sa.make_url(create_database(postgresql_server, name))
    url = in_terms_of(cell, sa.make_url(pooler).set(database=name).render_as_string())
    past = direct.set(database="").render_as_string(hide_password=False)
    variables = {
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": url,
        "DATABASE_POOLER": "transaction",
        "DATABASE_MIGRATION_URL": past.rstrip("/"),
    }
    yield replace(installed(cell, example=True, exhaustive=FULL), variables=variables)
    drop_database(postgresql_server, name)


@pytest.mark.cells(*BOTH if FULL else [SYNC])
def test_its_own_tests_pass(pooled: Project) -> None:
    left_out = [
        f"--deselect=tests/exhaustive/{module}.py::{test}"
        for module, test in NOT_BEHIND.items()
    ]
    tests = () if FULL else ("tests/database", "tests/orders")
    print(pooled.run("uv", "run", "pytest", "-q", *tests, *left_out, timeout=1800))


@pytest.mark.cells(*BOTH if FULL else [SYNC])
def test_it_serves_every_endpoint(pooled: Project) -> None:
    pooled.run("uv", "run", "alembic", "upgrade", "head")
    assert pooled.run("uv", "run", pooled.script, "ready").endswith("ready\n")
    with served(pooled, workers=1) as service:
        call_every_endpoint(service)
        sells_no_more_than_there_is(service)
    told = pooled.run("bash", "-c", f"uv run {pooled.script} doctor || true")
    assert "connections: up to 15, to the pooler: OK" in told


@pytest.mark.cells(*BOTH)
def test_clients_meet_nothing_of_each_other(
    cell: Cell, pooled: Project, tmp_path: Path
) -> None:
    url = pooled.variables["DATABASE_URL"]
    with inside(cell, pooled, tmp_path, url) as clients:
        told(clients.start("prepare"))
        report = told(clients.start("pooled", CLIENTS, TRANSACTIONS))
    print(report)
    assert report.pop("statements") == CLIENTS * TRANSACTIONS * 4
    assert 1 < report.pop("connections") <= POOL_SIZE
    assert report == {"leaked": [], "wrong": [], "errors": [], "cancelled": True}
    for left in left_on_connections(url):
        assert left == ("0", "0", True, 0, 0, 0)


def left_on_connections(url: str) -> list[tuple[object, ...]]:
    """Ask each connection of the pooler to the server what others left there."""
    address = sa.make_url(url).set(drivername="postgresql").render_as_string()
    clients = [psycopg.connect(address) for _ in range(POOL_SIZE)]
    try:
        # In a transaction each, so that each has a connection of the server.
        return [client.execute(LEFT).fetchone() or () for client in clients]
    finally:
        for client in clients:
            client.close()


@pytest.mark.cells(ASYNC)
def test_migrations_go_past_it(cell: Cell, pooled: Project) -> None:
    def refused(migration_url: str) -> str:
        variables = {**pooled.variables, "DATABASE_MIGRATION_URL": migration_url}
        upgrade = "uv run alembic upgrade head 2>&1; test $? != 0"
        printed = replace(pooled, variables=variables).run("bash", "-c", upgrade)
        assert "Traceback" not in printed
        return printed

    assert "set DATABASE_MIGRATION_URL to the server" in refused("")
    other = f"{pooled.variables['DATABASE_MIGRATION_URL']}/other"
    sentence = "DATABASE_MIGRATION_URL: must lead to the database of DATABASE_URL"
    assert sentence in refused(other)
    assert "DATABASE_MIGRATION_URL: must begin with" in refused("mysql://a@b")
    pooled.run("uv", "run", "alembic", "upgrade", "head")


@pytest.mark.cells(SYNC)
def test_copying_leaves_nothing_prepared(
    cell: Cell, installed: Installed, pooled: Project
) -> None:
    """What one client prepares another one meets, under the same name."""
    url = pooled.variables["DATABASE_URL"]
    pooled.run("uv", "run", "alembic", "upgrade", "head")
    target = installed(cell, example=True, exhaustive=FULL)
    target.run("uv", "run", "alembic", "upgrade", "head")
    assert "orders: 0 copied" in target.run(
        "uv", "run", target.script, "copy-data", url
    )
    assert {left[3] for left in left_on_connections(url)} == {0}
