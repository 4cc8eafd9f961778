"""The guide to partitioning: its table, on PostgreSQL, with the checks of a project."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import engine_of, in_terms_of
from projects import GUIDES, Project
from servers.shared import create_database, drop_database

ALEMBIC = ("uv", "run", "alembic")
GUIDE = (GUIDES / "partitioning.md").read_text("utf-8")
# The code by the name of its file, as each block says in its first line.
CODE = dict(re.findall(r"(?s)```python\n# \S*?(\w+)\*?\.py\n(.*?)```", GUIDE))
(ARCHIVING,) = re.findall(r"(?s)```sql\n(.*?)```", GUIDE)
# What the guide leaves out.
HEADS = {
    "models": '''\
"""What has happened."""

from sqlalchemy.orm import Mapped

from ..database import Base, Str200, Timestamps, UUIDKey


''',
    "repository": '''\
"""The repository of events."""

from datetime import datetime

from sqlalchemy import func, select

from ..database import Repository
from .models import Event


''',
    "commands": '''\
"""Events on the command line."""

import typer

from ..commands import run_command
from ..database import Sessions, unit_of_work
from .repository import EventRepository

cli = typer.Typer()


''',
}
TESTS = '''\
"""Events are stored, found and changed as other rows are."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from my_service.events.models import Event
from my_service.events.repository import EventRepository


async def test_events(session: AsyncSession) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    events = EventRepository(session)
    await events.make_partitions()
    await events.insert_many({"what": f"{n}"} for n in range(1000))
    stored = await events.since(began)
    assert [event.what for event in stored] == [f"{n}" for n in range(1000)]
    stored[0].what = "again"
    await events.flush()
    page = await events.page(select(Event), [Event.id], limit=2)
    assert [event.what for event in page.items] == ["again", "1"]
    locked = await events.get_one(stored[1].id, for_update=True)
    await events.delete(locked)
    assert await events.count() == 999


async def test_others_are_not_looked_at(session: AsyncSession) -> None:
    wanted = select(Event).where(Event.id >= func.first_key(func.now()))
    later = wanted.where(Event.id < func.first_key(func.now() + text("interval '1 s'")))
    sql = later.compile(session.bind, compile_kwargs={"literal_binds": True})
    plan = "\\n".join(await session.scalars(text(f"EXPLAIN ANALYZE {sql}")))
    looked_at = [line for line in plan.splitlines() if "on events_p" in line]
    skipped = [line for line in looked_at if "never executed" in line]
    assert len(looked_at) - len(skipped) <= 2, plan
'''


@pytest.fixture
def project(cell: Cell, copy: Project, postgresql_server: str) -> Iterator[Project]:
    """A project that has a repository and a database, migrated."""
    name = f"partitions_{uuid4().hex}"  # another worker has its own
    url = in_terms_of(cell, create_database(postgresql_server, name))
    variables = {**copy.variables, "DATABASE_URL": url, "TEST_DATABASE_URL": url}
    project = replace(copy, variables=variables)
    project.run("git", "init", "--quiet", "--initial-branch=main")
    (project.path / ".git/info/exclude").write_text(".venv\n", "utf-8")
    project.run(*ALEMBIC, "upgrade", "head")
    project.commit("Start")
    yield project
    drop_database(postgresql_server, name)


@pytest.mark.cells(Cell("postgresql", "fastapi", "async"))
def test_a_table_in_partitions(project: Project) -> None:
    subject = project.path / "src/my_service/events"
    subject.mkdir()
    (subject / "__init__.py").touch()
    (subject / "models.py").write_text(HEADS["models"] + CODE["models"], "utf-8")
    project.run(*ALEMBIC, "revision", "--autogenerate", "-m", "keep events")
    project.run(*ALEMBIC, "upgrade", "head")
    project.run(*ALEMBIC, "revision", "-m", "make partitions")
    (revision,) = project.path.glob("migrations/versions/*_make_partitions_*.py")
    code = CODE["make_partitions"]
    source = revision.read_text("utf-8").partition("def upgrade")[0]
    revision.write_text(f"{source.rstrip()}\n{code}", "utf-8")
    project.run(*ALEMBIC, "upgrade", "head")

    with pytest.raises(AssertionError, match="remove_table"):
        project.run(*ALEMBIC, "check")
    leave_partitions_alone(project)
    project.run(*ALEMBIC, "check")

    for name in ("repository", "commands"):
        (subject / f"{name}.py").write_text(HEADS[name] + CODE[name], "utf-8")
    project.run("uv", "run", project.script, "make-partitions")
    months = partitions(project)
    assert len(months) == 4
    (project.path / "tests/events").mkdir()
    (project.path / "tests/events/__init__.py").touch()
    (project.path / "tests/events/test_repository.py").write_text(TESTS, "utf-8")
    for revision in project.path.glob("migrations/versions/*.py"):
        read = re.sub(r"# Not read yet.*\n\n", "", revision.read_text("utf-8"))
        revision.write_text(read, "utf-8")
    project.run("uv", "run", "ruff", "check", "--fix", "migrations", "src")
    project.run("uv", "run", "ruff", "format", "migrations", "src")
    project.commit("Keep events")
    project.run("uv", "run", "pytest", "-q", "conventions", "tests/events")

    archive(project)
    assert partitions(project) == months
    project.run(*ALEMBIC, "downgrade", "3f6c1d20a94e")
    assert partitions(project) == []


def leave_partitions_alone(project: Project) -> None:
    """Change env.py as the guide says."""
    file = project.path / "migrations/env.py"
    source = file.read_text("utf-8")
    for after, more in (
        ("import logging\n", "import re\n"),
        (
            "        target_metadata=Base.metadata,\n",
            "        include_name=is_no_partition,\n",
        ),
    ):
        assert source.count(after) == 1
        source = source.replace(after, after + more)
    first, function = CODE["env"].strip().split("\n\n\n")
    assert f"{first}\n" in source
    source = source.replace("def run(", f"{function}\n\n\ndef run(", 1)
    file.write_text(source, "utf-8")


def partitions(project: Project) -> list[str]:
    """The partitions that there are."""
    with engine_of(project).connect() as connection:
        children = (
            "SELECT CAST(inhrelid AS regclass)::text FROM pg_inherits JOIN pg_class"
        )
        of_tables = "ON oid = inhrelid WHERE relkind = 'r' ORDER BY 1"
        return list(connection.exec_driver_sql(f"{children} {of_tables}").scalars())


def archive(project: Project) -> None:
    """Archive the month of the guide, which has rows, while somebody writes."""
    month = "CREATE TABLE events_p202511 PARTITION OF events FOR VALUES FROM"
    bounds = "(first_key('2025-11-01 00:00Z')) TO (first_key('2025-12-01 00:00Z'))"
    key = "first_key('2025-11-{:02}')"
    rows = ", ".join(f"({key.format(day)}, 'old')" for day in range(1, 31))
    engine, stopped, written = engine_of(project), threading.Event(), [0]

    def write() -> None:
        now = (
            "INSERT INTO events (id, what) VALUES (first_key(clock_timestamp()), 'new')"
        )
        while not stopped.wait(0.005):
            with engine.begin() as connection:
                connection.exec_driver_sql(now)
            written[0] += 1

    with engine.begin() as connection:
        connection.exec_driver_sql("SET timezone = 'UTC'")
        connection.exec_driver_sql(f"{month} {bounds}")
        connection.exec_driver_sql(f"INSERT INTO events (id, what) VALUES {rows}")
    writer = threading.Thread(target=write)
    writer.start()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        detach, drop = re.findall(r"(?m)^[A-Z].*;$", ARCHIVING)
        connection.exec_driver_sql(detach)
        moved = connection.scalar(sa.text("SELECT count(*) FROM events_p202511"))
        connection.exec_driver_sql(drop)
        stopped.set()
        writer.join()
        left = connection.scalar(sa.text("SELECT count(*) FROM events"))
    assert (moved, left) == (30, written[0])
