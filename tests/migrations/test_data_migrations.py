"""Data migrations: a million rows, a kill in the middle, and each row changed once."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import Installed, engine_of
from projects import Project

ROWS = 2**20
KILLED_AT = 250_000
MEBIBYTE = 2**20
ALEMBIC = ("uv", "run", "alembic")

counters = sa.Table(
    "counters",
    sa.MetaData(),
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("times", sa.Integer, nullable=False),
)
positions = sa.table("alembic_backfill", sa.column("position"))
COUNT = """\
counters = sa.table("counters", sa.column("id", sa.BigInteger()), sa.column("times"))


def upgrade() -> None:
    change = counters.update().values(times=counters.c.times + 1)
    backfill(change, key=counters.c.id, batch=4000)
"""


@pytest.fixture
def project(cell: Cell, installed: Installed) -> Iterator[Project]:
    """A project with a data migration, which adds 1 to each of a million rows."""
    project = installed(cell, example=False)
    with engine_of(project).begin() as connection:
        counters.create(connection)
        connection.execute(counters.insert(), {"id": 1, "times": 0})
        for power in range(20):
            more = sa.select(counters.c.id + 2**power, counters.c.times)
            connection.execute(counters.insert().from_select(["id", "times"], more))
    project.run(*ALEMBIC, "-x", "data", "revision", "-m", "count them")
    revision = revision_of(project)
    source = re.sub(
        r"(?s)# What this .*(?=\n\ndef downgrade)", COUNT, revision.read_text("utf-8")
    )
    revision.write_text(source, "utf-8")
    yield project
    project.run("git", "checkout", "--quiet", "migrations")
    project.run("git", "clean", "--force", "--quiet", "migrations")
    with engine_of(project).begin() as connection:
        counters.drop(connection)
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))


@pytest.mark.cells(
    Cell("postgresql", "fastapi", "async"),
    Cell("mysql", "flask", "sync"),
    Cell("sqlite", "none", "async"),
)
def test_a_killed_backfill_goes_on(project: Project) -> None:
    grown = kill_in_the_middle(project)
    assert grown < 16 * MEBIBYTE, f"{grown / MEBIBYTE:.0f} MiB more in the middle"
    position, once, never = counted(project)
    assert (once, once + never) == (position, ROWS)

    revision = revision_of(project)
    source = revision.read_text("utf-8")
    revision.write_text(source.replace("times + 1", "times + 10"), "utf-8")
    assert "a backfill was stopped: UPDATE counters" in refusal(project)
    revision.write_text(source, "utf-8")

    output = project.run(*ALEMBIC, "upgrade", "head")
    told = re.findall(r"counters: (\d+) of \d+ rows, \d+ a second, \d+ s left", output)
    assert int(told[-1]) == never
    with engine_of(project).connect() as connection:
        wrong = sa.select(sa.func.count()).where(counters.c.times != 1)
        assert connection.scalar(wrong) == 0
        tables = sa.inspect(connection).get_table_names()
        assert sorted(tables) == ["alembic_version", "counters"]


@pytest.mark.cells(Cell("postgresql", "fastapi", "async"))
def test_a_backfill_is_no_script(project: Project) -> None:
    output = refusal(project, "--sql")
    assert "a backfill looks at the rows: upgrade without --sql" in output


def kill_in_the_middle(project: Project) -> int:
    """Kill an upgrade without mercy; return by how many bytes it had grown."""
    alembic = subprocess.Popen(
        [project.path / ".venv/bin/alembic", "upgrade", "head"],
        cwd=project.path,
        env=project.environment,
        stderr=subprocess.DEVNULL,
    )
    sizes = []
    with engine_of(project).connect() as connection:
        while (position := position_on(connection)) < KILLED_AT:
            assert alembic.poll() is None, "it ended before it was killed"
            if position:
                sizes.append(resident_bytes(alembic.pid))
            time.sleep(0.02)
    alembic.kill()
    alembic.wait()
    return max(sizes) - sizes[0]


def position_on(connection: sa.Connection) -> int:
    """Return the last key that was changed, 0 at first."""
    with connection.begin():
        if not sa.inspect(connection).has_table(positions.name):
            return 0
        return int(connection.scalar(sa.select(positions)) or 0)


def counted(project: Project) -> tuple[int, int, int]:
    """Return the last key, and how many rows were changed once and never."""
    times = counters.c.times
    with engine_of(project).connect() as connection:
        row = connection.execute(
            sa.select(
                sa.select(positions.c.position).scalar_subquery(),
                sa.func.sum(sa.case((times == 1, 1), else_=0)),
                sa.func.sum(sa.case((times == 0, 1), else_=0)),
            ).select_from(counters)
        ).one()
    position, once, never = map(int, row)
    return position, once, never


def refusal(project: Project, *options: str) -> str:
    """Upgrade in vain; return what is said, in one sentence."""
    result = subprocess.run(
        [project.path / ".venv/bin/alembic", "upgrade", "head", *options],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr, result.stderr
    return result.stdout + result.stderr


def revision_of(project: Project) -> Path:
    return next(project.path.glob("migrations/versions/*_count_them_*.py"))


def resident_bytes(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024
