"""Rendered projects with the contestants in them, and the servers that they work on.

The servers and the rendering are those of the tests, which have to be on PYTHONPATH.
"""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
from projects import Project
from servers.run import Life, Run
from servers.shared import create_database, drop_database
from servers.supervisor import memory, temporary_directory

ROOT = Path(__file__).parents[1]
PACKAGES = ("contestants", "web_contestants")
# What contestants need beside the project's own dependencies.
PEERS = ("advanced-alchemy>=1.12", "asyncpg>=0.32", "psycopg[binary,pool]>=3.3")
DRIVERS = {
    ("postgresql", "async"): "postgresql+psycopg",
    ("postgresql", "sync"): "postgresql+psycopg",
    ("mysql", "async"): "mysql+asyncmy",
    ("mysql", "sync"): "mysql+pymysql",
    ("sqlite", "async"): "sqlite+aiosqlite",
    ("sqlite", "sync"): "sqlite+pysqlite",
}
# The words of sync code that hooks/unasync.jinja does not know.
WORDS = {
    "asyncmy": "pymysql",
    "aiosqlite": "sqlite3",
    "aclose": "close",
    "connection.stream(": "connection.execute(",
    "sqlalchemy.ext.asyncio.engine": "sqlalchemy",
    "SQLAlchemyAsyncRepository": "SQLAlchemySyncRepository",
}
ABOVE = """\
{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""
BELOW = "{% endcall %}\n"


@dataclass(frozen=True)
class Cell:
    """What is raced on."""

    database: str
    concurrency: str

    def __str__(self) -> str:
        return f"{self.database}-{self.concurrency}"

    def url(self, url: str) -> str:
        """Return the URL of a database for the driver of this cell."""
        return DRIVERS[self.database, self.concurrency] + url[url.index(":") :]


def build(
    cell: Cell, folder: Path, tree: Path = ROOT, extras: Sequence[str] = ()
) -> Project:
    """Render a project of the template in `tree` with its contestants, and install it.

    The environment of an earlier run is used again.
    """
    path = folder / str(cell)
    for old in path.iterdir() if path.exists() else ():
        if old.name != ".venv":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    with tempfile.TemporaryDirectory() as template:
        _template(Path(template), cell.concurrency, tree)
        answers: dict[str, Any] = {
            "database": cell.database,
            "concurrency": cell.concurrency,
            "package_name": "my_service",
        }
        if extras:  # earlier commits have no such question
            answers["extras"] = list(extras)
        copier.run_copy(
            template, path, data=answers, defaults=True, overwrite=True, quiet=True
        )
    project = Project(path)
    project.run("uv", "sync", "--quiet", "--no-dev", "--inexact")
    project.run("uv", "pip", "install", "--quiet", "--python=.venv", *PEERS)
    return project


@contextmanager
def commit(name: str) -> Iterator[Path]:
    """Give the files of a commit of this repository, in a folder of their own."""
    archive = subprocess.run(
        ["git", "archive", name], cwd=ROOT, check=True, capture_output=True
    )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def _template(template: Path, concurrency: str, tree: Path) -> None:
    """Copy the template as it is on disk, and add the contestants to it."""
    shutil.copy(tree / "copier.yml", template)
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("hooks", "template"):
        shutil.copytree(tree / name, template / name, ignore=unwanted)
    for package in PACKAGES:
        (template / "template" / package).mkdir()
        for source in (tree / "benchmarks" / package).glob("*.py"):
            text = source.read_text("utf-8")
            if concurrency == "sync":
                for word, replacement in WORDS.items():
                    text = text.replace(word, replacement)
            target = template / "template" / package / source.name
            target.write_text(ABOVE + text + BELOW, "utf-8")


class Servers:
    """The databases of one run; each server is started when it is first needed."""

    def __init__(self, folder: Path, life: Life) -> None:
        self.folder = folder
        self.run = Run(folder, life.port)

    def database(self, kind: str, name: str) -> str:
        """Make an empty database and return its URL, for a sync driver."""
        if kind == "sqlite":
            self.drop(kind, name)
            return f"sqlite:///{self.folder / name}.db"
        return create_database(self._server(kind), name)

    def drop(self, kind: str, name: str) -> None:
        """Drop a database: its data are in memory."""
        if kind == "sqlite":
            for file in self.folder.glob(f"{name}.db*"):
                file.unlink()
        else:
            drop_database(self._server(kind), name)

    def _server(self, kind: str) -> str:
        return os.environ.get(f"TEST_{kind.upper()}_URL") or self.run.url(kind)


@contextmanager
def servers() -> Iterator[Servers]:
    """Hold servers until the end of the block."""
    life = Life()
    # In memory, as the servers' data are: a race of databases, not of disks.
    with temporary_directory(memory()) as folder:
        try:
            yield Servers(folder, life)
        finally:
            life.end()
