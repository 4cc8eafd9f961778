"""What the data layer promises when something breaks, shown by breaking it."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cells import CELLS, Cell
from installed import DRIVERS, Installed, in_terms_of
from servers.private import PrivateServer
from servers.shared import create_database, drop_database

from faults.inside import Inside, inside, told

BARE = [cell for cell in CELLS if not cell.served]
SERVERS = [cell for cell in BARE if cell.database != "sqlite"]
SQLITE = [cell for cell in BARE if cell.database == "sqlite"]
ASYNC = [cell for cell in BARE if cell.concurrency == "async"]

PROCESSES, WORKERS, COUNT = 2, 4, 125  # each worker of each process counts so far
KILLS = 5
IDLE = 8


@pytest.fixture
def faulty(
    cell: Cell, installed: Installed, database: str, tmp_path: Path
) -> Iterator[Inside]:
    """The project of the cell, on an empty database."""
    with inside(cell, installed(cell, example=True), tmp_path, database) as faulty:
        yield faulty


@pytest.fixture
def database(
    cell: Cell, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The URL of an empty database, as a project of the cell wants it."""
    if cell.database == "sqlite":
        driver = DRIVERS[cell.database, cell.concurrency]
        yield f"{driver}:///{tmp_path / 'faults.db'}"
        return
    server = request.getfixturevalue(f"{cell.database}_server")
    name = f"faults_{uuid4().hex}"  # another worker has its own
    yield in_terms_of(cell, create_database(server, name))
    drop_database(server, name)


@pytest.fixture
def private(
    cell: Cell, installed: Installed, private_server: PrivateServer, tmp_path: Path
) -> Iterator[Inside]:
    """The project of the cell, on an empty database of a server of its own."""
    url = in_terms_of(cell, create_database(private_server.url, "faults"))
    with inside(cell, installed(cell, example=True), tmp_path, url) as private:
        yield private


@pytest.mark.cells(*SERVERS)
def test_commits_whose_answer_is_lost(faulty: Inside) -> None:
    faulty.test("commits")


@pytest.mark.cells(*SERVERS)
def test_locks(cell: Cell, faulty: Inside) -> None:
    faulty.test("locks", *(["serializable"] if cell.database == "postgresql" else []))


@pytest.mark.cells(*SERVERS)
def test_connections(cell: Cell, faulty: Inside) -> None:
    faulty.test("pools", "killed", *(["cancelled"] if cell in ASYNC else []))


@pytest.mark.cells(*ASYNC)
def test_cancellation_at_every_await(faulty: Inside) -> None:
    faulty.test("await_points")


@pytest.mark.cells(*SERVERS)
def test_networks(faulty: Inside) -> None:
    faulty.test("network")


@pytest.mark.cells(*SQLITE)
def test_sqlite(cell: Cell, faulty: Inside) -> None:
    faulty.test("sqlite", *(["cancelled"] if cell in ASYNC else []))


@pytest.mark.cells(*ASYNC)
def test_the_repository_does_what_a_dictionary_does(faulty: Inside) -> None:
    faulty.test_with("hypothesis", "modelled")


@pytest.mark.cells(*SERVERS)
def test_a_server_that_is_killed(
    private: Inside, private_server: PrivateServer
) -> None:
    told(private.start("prepare"))
    counting = [
        private.start("increments", number, WORKERS, COUNT, "once")
        for number in range(PROCESSES)
    ]
    total = PROCESSES * WORKERS * COUNT
    for number in range(KILLS):
        wait_for_steps(private_server, 1 + total * number // KILLS, counting)
        private_server.kill()
        time.sleep(0.5)  # a server that is away
        private_server.start()
    reports = [told(process) for process in counting]
    print("the slowest took", max(report["slowest"] for report in reports), "s")
    assert [report["given_up"] for report in reports] == [[]] * PROCESSES
    names = [name for report in reports for name in report["acknowledged"]]
    assert len(names) == total
    lost, doubled = differences(Counter(names), steps(private_server))
    assert (lost, doubled) == ({}, {})
    assert asked(private_server, "SELECT count FROM fault_counters WHERE id = 1") == [
        (total,)
    ]


@pytest.mark.cells(*SERVERS)
def test_a_server_that_is_restarted(
    private: Inside, private_server: PrivateServer
) -> None:
    told(private.start("prepare"))
    idle = private.start("idle", IDLE)
    assert idle.stdout is not None
    assert idle.stdout.readline() == "idle\n"
    private_server.start()
    assert told(idle) == {"failed": []}
    assert steps(private_server) == {"held": IDLE, "works": IDLE}


def differences(
    acknowledged: Counter[str], done: Counter[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """What is acknowledged and not done, and what is done more often."""
    return dict(acknowledged - done), dict(done - acknowledged)


def steps(server: PrivateServer) -> Counter[str]:
    """How often each step was done."""
    statement = "SELECT name, count(*) FROM fault_steps GROUP BY name"
    return Counter(dict(asked(server, statement)))


def wait_for_steps(
    server: PrivateServer, count: int, counting: list[subprocess.Popen[str]]
) -> None:
    """Wait until so many steps are done, as long as there is one more now and then."""
    done, since = -1, time.monotonic()
    while done < count:
        before, done = done, asked(server, "SELECT count(*) FROM fault_steps")[0][0]
        since = time.monotonic() if done > before else since
        ended = [process.poll() for process in counting]
        assert not any(ended), f"the work failed: {ended} after {done} steps"
        assert time.monotonic() < since + 60, f"it stays at {done} of {count} steps"
        time.sleep(0.02)


def asked(server: PrivateServer, statement: str) -> list[tuple[Any, ...]]:
    """What the server answers."""
    engine = sa.create_engine(
        sa.make_url(server.url).set(database="faults"), poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]
