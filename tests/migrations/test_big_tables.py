"""The guide to changing big tables: its revisions are run while somebody writes."""

import re
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import engine_of
from projects import GUIDES, Project

ROWS = 20_000
HEAD = '''\
"""A step of the guide."""

import sqlalchemy as sa
from alembic import op
from my_service.database.backfill import backfill

revision = "step{number}"
down_revision = "{after}"
branch_labels = None
depends_on = None


'''
TABLE = {
    "postgresql": "id SERIAL PRIMARY KEY",
    "mysql": "id INTEGER AUTO_INCREMENT PRIMARY KEY",
}


def steps(database: str) -> list[str]:
    """The revisions of the guide for a database, in order."""
    guide = (GUIDES / "changing-big-tables.md").read_text("utf-8")
    blocks = re.findall(r"(?s)```python\n(.*?)\n```", guide)
    other = {"postgresql": "# MySQL", "mysql": "# PostgreSQL"}[database]
    return [block for block in blocks if not block.startswith(other)]


class Writer(threading.Thread):
    """Inserts and updates until it is told to stop; it fails when a write fails."""

    def __init__(self, engine: sa.Engine, amount: str) -> None:
        super().__init__(daemon=True)
        self.engine, self.amount = engine, amount
        self.stopped = threading.Event()
        self.written, self.longest = 0, 0.0
        self.failed: Exception | None = None

    def run(self) -> None:
        try:
            with self.engine.connect() as connection:
                while not self.stopped.wait(0.005):
                    began = time.monotonic()
                    self.write(connection)
                    self.longest = max(self.longest, time.monotonic() - began)
                    self.written += 1
        except sa.exc.DBAPIError as error:
            self.failed = error

    def write(self, connection: sa.Connection) -> None:
        given = {"email": f"{self.written}@{id(self)}"}
        insert = (
            f"INSERT INTO things (email, note, {self.amount}) VALUES (:email, 'n', 1)"
        )
        connection.execute(sa.text(insert), given)
        update = "UPDATE things SET note = 'm' WHERE id = 1"
        connection.execute(sa.text(update))
        connection.commit()

    def end(self) -> None:
        self.stopped.set()
        self.join(60)
        assert self.failed is None, self.failed
        assert self.written > 0


@pytest.fixture
def big(cell: Cell, shop: Project) -> Iterator[sa.Engine]:
    """A database with the big table; all of it goes afterwards."""
    engine = engine_of(shop)
    with engine.begin() as connection:
        columns = "email VARCHAR(200), note VARCHAR(200) DEFAULT '', amount INTEGER"
        connection.exec_driver_sql(
            f"CREATE TABLE things ({TABLE[cell.database]}, {columns})"
        )
        rows = [
            {
                "email": f"{n}@x" if n > 2 else "twice@example.com",
                "note": None,
                "amount": n,
            }
            for n in range(ROWS)
        ]
        names: list[sa.ColumnClause[object]] = [
            sa.column(name) for name in ("email", "note", "amount")
        ]
        connection.execute(sa.table("things", *names).insert(), rows)
    yield engine
    with engine.begin() as connection:
        for table in ("states", "things", "alembic_backfill"):
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")
        head = "UPDATE alembic_version SET version_num = '3f6c1d20a94e'"
        connection.exec_driver_sql(head)
    shop.run("git", "checkout", "--quiet", "migrations")
    shop.run("git", "clean", "--force", "--quiet", "migrations")


@pytest.mark.cells(Cell("postgresql", "none", "sync"), Cell("mysql", "none", "sync"))
def test_no_write_fails(cell: Cell, shop: Project, big: sa.Engine) -> None:
    code, after, written = steps(cell.database), "3f6c1d20a94e", 0
    assert len(code) == {"postgresql": 17, "mysql": 8}[cell.database]
    for number, block in enumerate(code):
        after = writes(shop, number, after, block)
    # One release writes both columns of another type, as the guide says; then the new one.
    drops = next(n for n, block in enumerate(code) if "drop_column" in block)
    for release, until in (("amount", drops - 1), ("long_amount", len(code) - 1)):
        writer = Writer(big, release)
        writer.start()
        shop.run(".venv/bin/alembic", "upgrade", f"step{until}")
        writer.end()
        written += writer.written
    with big.connect() as connection:
        assert (
            connection.scalar(sa.text("SELECT count(*) FROM things")) == ROWS + written
        )


def writes(project: Project, number: int, after: str, block: str) -> str:
    """Write a step of the guide as a revision; return its name."""
    text = HEAD.format(number=number, after=after) + block
    text += "\n\n\ndef downgrade() -> None:\n    raise NotImplementedError\n"
    file = project.path / f"migrations/versions/step{number}.py"
    file.write_text(text, "utf-8")
    return f"step{number}"
