"""The isolation that clusters with optimistic transactions have, on PostgreSQL and MySQL.

Any statement, and the commit, may be refused: the whole unit of work is run again.
GROWTH=full runs all tests of the project at it.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cells import Cell
from faults.inside import inside, told
from installed import Installed, in_terms_of
from projects import Project
from servers.shared import create_database, drop_database

ASYNC = Cell("postgresql", "none", "async")
SYNC = Cell("mysql", "none", "sync")
FULL = os.environ.get("GROWTH") == "full"
CLIENTS, COUNT = 16, 25 if FULL else 5
# What reads without waiting at another isolation is refused here, or waits on MySQL.
CIRCLE = "tests/exhaustive/test_locking.py::test_nobody_waits_in_a_circle"
SKIPPED = "tests/exhaustive/test_finding.py::test_locked_rows_are_skipped_or_refused"
NOT_AT_IT = {ASYNC: [CIRCLE], SYNC: [CIRCLE, SKIPPED]}


@pytest.fixture
def serializable(
    cell: Cell, installed: Installed, request: pytest.FixtureRequest
) -> Iterator[Project]:
    """The project of the cell at that isolation, with a database of its own."""
    server = request.getfixturevalue(f"{cell.database}_server")
    name = f"serializable_{uuid4().hex}"  # another worker has its own
    url = in_terms_of(cell, create_database(server, name))
    variables = {
        "DATABASE_URL": url,
        "TEST_DATABASE_URL": url,
        "DATABASE_ISOLATION": "serializable",
    }
    yield replace(installed(cell, example=True, exhaustive=FULL), variables=variables)
    drop_database(server, name)


@pytest.mark.cells(ASYNC, SYNC)
def test_its_own_tests_pass(cell: Cell, serializable: Project) -> None:
    tests = ("tests",) if FULL else ("tests/database", "tests/orders")
    left_out = [f"--deselect={test}" for test in NOT_AT_IT[cell]]
    command = ("uv", "run", "pytest", "-q", *tests, *left_out)
    print(serializable.run(*command, timeout=1800))


@pytest.mark.cells(ASYNC, SYNC)
def test_what_is_read_and_written_by_many_adds_up(
    cell: Cell, serializable: Project, tmp_path: Path
) -> None:
    """One row is read without a lock: at another isolation increments are lost."""
    url = serializable.variables["DATABASE_URL"]
    with inside(cell, serializable, tmp_path, url) as clients:
        told(clients.start("prepare"))
        report = told(clients.start("contended", CLIENTS, COUNT, 1, "plain"))
    print(report)
    assert report["given_up"] == []
    assert report["acknowledged"] == CLIENTS * COUNT < report["attempts"]
    assert counted(url, cell) == [CLIENTS * COUNT, 0]


@pytest.mark.cells(ASYNC)
def test_another_isolation_is_refused(serializable: Project) -> None:
    variables = {**serializable.variables, "DATABASE_ISOLATION": "chaos"}
    ready = f"uv run {serializable.script} ready 2>&1; test $? = 1"
    printed = replace(serializable, variables=variables).run("bash", "-c", ready)
    sentence = "DATABASE_ISOLATION: Input should be 'read committed' or 'serializable'"
    assert sentence in printed


def counted(url: str, cell: Cell) -> list[int]:
    """What the counters of faults/scenarios/models.py are at."""
    sync = Cell(cell.database, "none", "sync")
    engine = sa.create_engine(in_terms_of(sync, url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        statement = "SELECT count FROM fault_counters ORDER BY id"
        return list(connection.exec_driver_sql(statement).scalars())
