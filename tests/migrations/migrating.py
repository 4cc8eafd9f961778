"""A copy of a rendered project, whose models and migrations a test may change."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

import sqlalchemy as sa
from projects import Project

PATIENCE = 120  # seconds: what hangs fails
SYNC_DRIVERS = {
    "mysql": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
    "sqlite": "sqlite",
}
REVISION = '''\
"""{name}."""

import pathlib
import time

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{down}"
branch_labels = None
depends_on = None


def upgrade() -> None:
{upgrade}

def downgrade() -> None:
{downgrade}
'''


class Done(NamedTuple):
    """How a command ended."""

    code: int
    printed: str


@dataclass
class Migrating:
    """A project that is migrated, and the processes that do it."""

    path: Path
    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def revisions(self) -> Path:
        """Where the revisions are."""
        return self.path / "migrations/versions"

    @property
    def head(self) -> str:
        """The revision that is shipped with the example."""
        return next(self.revisions.glob("*_create_the_shop_*")).stem[-12:]

    def start(self, *command: str, **variables: object) -> subprocess.Popen[str]:
        """Start a command of the project's environment."""
        own = {name: str(value) for name, value in variables.items()}
        process = subprocess.Popen(
            command,
            cwd=self.path,
            env={**self.environment, **own},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.started.append(process)
        return process

    def run(self, *command: str, **variables: object) -> Done:
        """Run a command to its end."""
        return ended(self.start(*command, **variables))

    def alembic(self, *arguments: str, **variables: object) -> str:
        """Run Alembic, which has to succeed."""
        done = self.run("alembic", *arguments, **variables)
        assert done.code == 0, f"{arguments}: {done.code}\n{done.printed}"
        return done.printed

    def refused(self, *arguments: str, **variables: object) -> str:
        """Run Alembic, which has to fail, and say why without a traceback."""
        done = self.run("alembic", *arguments, **variables)
        assert done.code != 0, f"{arguments}: {done.code}\n{done.printed}"
        assert "FAILED: " in done.printed, done.printed
        assert "Traceback" not in done.printed, done.printed
        return done.printed.split("FAILED: ")[1]

    def write(self, name: str, down: str, upgrade: str, downgrade: str = "") -> None:
        """Write a revision."""
        bodies = {
            way: indent(dedent(body).strip() or "pass", "    ") + "\n"
            for way, body in (("upgrade", upgrade), ("downgrade", downgrade))
        }
        source = REVISION.format(name=name, down=down, **bodies)
        (self.revisions / f"{name}.py").write_text(source, "utf-8")

    @contextmanager
    def connected(self, url: str | None = None) -> Iterator[sa.Connection]:
        """Give a connection of our own to the database."""
        own = sa.make_url(url or self.environment["DATABASE_URL"])
        driver = SYNC_DRIVERS[own.get_backend_name()]
        engine = sa.create_engine(own.set(drivername=driver), poolclass=sa.NullPool)
        with engine.begin() as connection:
            yield connection

    def columns(self, table: str) -> set[str]:
        """The columns that a table has in the database."""
        with self.connected() as connection:
            found = sa.inspect(connection).get_columns(table)
        return {column["name"] for column in found}

    def replace(self, file: str, old: str, new: str) -> None:
        """Change a file of the package."""
        path = next(self.path.glob(f"src/*/{file}"))
        source = path.read_text("utf-8")
        assert old in source, (file, old)
        path.write_text(source.replace(old, new), "utf-8")


def ended(process: subprocess.Popen[str]) -> Done:
    """Wait for a process."""
    printed, _ = process.communicate(timeout=PATIENCE)
    return Done(process.returncode, printed)


@contextmanager
def migrating(
    project: Project, source: Path, folder: Path, url: str
) -> Iterator[Migrating]:
    """Copy a rendered project, to be run in the environment of another one."""
    kept = shutil.ignore_patterns(".venv", ".git", ".*_cache", "*.db*")
    shutil.copytree(source, folder, ignore=kept)
    programs = project.path / ".venv/bin"
    environment = {
        **project.environment,
        "PATH": f"{programs}{os.pathsep}{project.environment['PATH']}",
        "PYTHONPATH": str(folder / "src"),
        "DATABASE_URL": url,
    }
    migrating = Migrating(folder, environment)
    yield migrating
    for process in migrating.started:
        with process:  # which waits for it
            process.kill()


def advice(printed: str, marker: str) -> list[str]:
    """The arguments of the Alembic command that a message advises."""
    found = re.search(rf"{marker}: alembic (.+)", printed)
    assert found, printed
    return found[1].split()
