"""A cluster of two nodes, Galera's, each of which takes writes.

GROWTH=full writes five times as much.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import Cell
from faults.inside import inside, told
from installed import Installed, in_terms_of
from migrations.migrating import ended, migrating
from servers.private import PrivateServer
from servers.shared import create_database, drop_database

ASYNC = Cell("mysql", "none", "async")
SYNC = Cell("mysql", "none", "sync")
FULL = os.environ.get("GROWTH") == "full"
CLIENTS, COUNT, ROWS = 8, 50 if FULL else 10, 10  # on each node
# By the node whose lock is taken, others do not migrate for so long.
SLOW = (
    "time.sleep(1)\n" + 'op.add_column("customers", sa.Column("first", sa.Integer()))'
)


@pytest.fixture
def urls(cell: Cell, galera: list[PrivateServer]) -> Iterator[list[str]]:
    """The URLs of an empty database, one for each node."""
    create_database(galera[0].url, "cluster")
    nodes = [sa.make_url(node.url).set(database="cluster") for node in galera]
    yield [in_terms_of(cell, n.render_as_string(hide_password=False)) for n in nodes]
    drop_database(galera[0].url, "cluster")


@pytest.mark.cells(ASYNC, SYNC)
def test_both_nodes_are_written_at_once(
    cell: Cell, installed: Installed, urls: list[str], tmp_path: Path
) -> None:
    project = installed(cell, example=True)
    with inside(cell, project, tmp_path, urls[0]) as clients:
        told(clients.start("prepare"))
        add_rows(urls[0])
        started = []
        for url in urls:
            variables = {**clients.project.variables, "DATABASE_URL": url}
            there = replace(clients, project=replace(project, variables=variables))
            started.append(there.start("contended", CLIENTS, COUNT, ROWS, "locked"))
        reports = [told(process) for process in started]
    print(reports)
    assert [report["given_up"] for report in reports] == [[], []]
    total = len(urls) * CLIENTS * COUNT
    assert sum(report["attempts"] for report in reports) >= total
    assert [counted(url) for url in urls] == [total, total]


@pytest.mark.cells(ASYNC, SYNC)
def test_one_of_all_nodes_migrates(
    cell: Cell, installed: Installed, urls: list[str], tmp_path: Path
) -> None:
    project = installed(cell, example=True)
    with migrating(project, project.path, tmp_path / "copy", urls[0]) as shop:
        shop.write("slow", shop.head, SLOW)
        processes = [
            shop.start("alembic", "upgrade", "head", DATABASE_URL=url)
            for url in (*urls, *urls)
        ]
        done = [ended(process) for process in processes]
        assert [code for code, _ in done] == [0] * 4, done
        migrated = [printed.count("Running upgrade") for _, printed in done]
        assert sorted(migrated) == [0, 0, 0, 2]
        assert "slow (head)" in shop.alembic("current", DATABASE_URL=urls[1])


def add_rows(url: str) -> None:
    """Add counters to the two that there are."""
    with engine_of(url).begin() as connection:
        rows = ", ".join(f"({key}, 0)" for key in range(3, ROWS + 1))
        connection.exec_driver_sql(f"INSERT INTO fault_counters VALUES {rows}")


def counted(url: str) -> int:
    """The sum of all counters, as a node knows it."""
    with engine_of(url).connect() as connection:
        connection.exec_driver_sql("SET wsrep_sync_wait = 1")
        statement = "SELECT sum(count) FROM fault_counters"
        return int(connection.exec_driver_sql(statement).scalar_one())


def engine_of(url: str) -> sa.Engine:
    """An engine on a node, past the project."""
    return sa.create_engine(in_terms_of(SYNC, url), poolclass=sa.NullPool)
