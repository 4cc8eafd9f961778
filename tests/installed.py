"""A pytest plugin: rendered projects with an environment, and with databases of their own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cells import CELLS, EXTRAS, Cell, installed_answers
from conftest import Render
from projects import Project
from servers.shared import create_database, drop_database

DRIVERS = {
    ("sqlite", "async"): "sqlite+aiosqlite",
    ("sqlite", "sync"): "sqlite+pysqlite",
    ("mysql", "async"): "mysql+asyncmy",
    ("mysql", "sync"): "mysql+pymysql",
    ("postgresql", "async"): "postgresql+psycopg",
    ("postgresql", "sync"): "postgresql+psycopg",
}
Installed = Callable[..., Project]


def in_terms_of(cell: Cell, url: str) -> str:
    """The URL of a database as a project of this cell wants it, with its driver."""
    driver = DRIVERS[cell.database, cell.concurrency]
    own = sa.make_url(url).set(drivername=driver, query={})
    return own.render_as_string(hide_password=False)


def engine_of(project: Project) -> sa.Engine:
    """An engine on a project's database, past the project."""
    if "DATABASE_URL" not in project.variables:
        return sa.create_engine(f"sqlite:///{project.path / 'app.db'}")
    url = sa.make_url(project.variables["DATABASE_URL"])
    driver = DRIVERS[url.get_backend_name(), "sync"]
    return sa.create_engine(url.set(drivername=driver), poolclass=sa.NullPool)


@pytest.fixture(scope="session")
def installed(
    request: pytest.FixtureRequest,
    render: Render,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installed]:
    """`installed(cell, example=True)` gives a project with environment and database.

    With `exhaustive` it has all the tests that there are.
    """
    projects: dict[tuple[Cell, bool, bool], Project] = {}
    databases: list[tuple[str, str]] = []

    def variables(cell: Cell, name: str) -> dict[str, str]:
        if cell.database == "sqlite":
            return {}
        server = request.getfixturevalue(f"{cell.database}_server")
        databases.append((server, name))
        url = in_terms_of(cell, create_database(server, name))
        return {"DATABASE_URL": url, "TEST_DATABASE_URL": url}

    def installed(cell: Cell, *, example: bool, exhaustive: bool = False) -> Project:
        if (cell, example, exhaustive) not in projects:
            answers = installed_answers(cell, example=example)
            path = tmp_path_factory.mktemp(str(cell)) / "project"
            shutil.copytree(
                render(**cell.answers, **answers, exhaustive=exhaustive), path
            )
            kind = ("shop" if example else "bare") + "_all" * exhaustive
            worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
            name = f"cell_{cell}_{kind}_{worker}".replace("-", "_")
            project = Project(path, variables=variables(cell, name))
            project.install()
            projects[cell, example, exhaustive] = project
        return projects[cell, example, exhaustive]

    yield installed
    for server, name in databases:
        drop_database(server, name)


@pytest.fixture(scope="session")
def every_library(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with what the projects of all cells install, for checks of types."""
    found = tmp_path_factory.mktemp("every") / ".venv"
    answers = [{**cell.answers, "example": True, "extras": EXTRAS} for cell in CELLS]
    paths = [render(**each) for each in answers]
    files = [str(path / "pyproject.toml") for path in paths]
    first = Project(paths[0])
    first.run("uv", "venv", "--quiet", str(found))
    wanted = [word for file in files for word in ("-r", file, "--group", f"{file}:dev")]
    first.run("uv", "pip", "install", "--quiet", f"--python={found}", *wanted)
    return found


@pytest.fixture(scope="session")
def environment(
    render: Render, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Cell], Path]:
    """`environment(cell)` gives what a cell's project installs, for copies of it to share."""
    found: dict[Cell, Path] = {}

    def environment(cell: Cell) -> Path:
        if cell not in found:
            path = tmp_path_factory.mktemp(str(cell)) / "project"
            shutil.copytree(render(**cell.answers, example=True), path)
            Project(path).synchronize()
            found[cell] = path / ".venv"
        return found[cell]

    return environment


@pytest.fixture
def copy(
    cell: Cell, render: Render, environment: Callable[[Cell], Path], tmp_path: Path
) -> Project:
    """A copy of the project with the example, to change at will; it has no database."""
    path = tmp_path / "project"
    shutil.copytree(render(**cell.answers, example=True), path)
    (path / ".venv").symlink_to(environment(cell))
    return Project(path, variables={"PYTHONPATH": "src:.", "UV_NO_SYNC": "1"})


@pytest.fixture(scope="session")
def shop(cell: Cell, installed: Installed) -> Project:
    """The project with the example, its database migrated; each test leaves it so."""
    project = installed(cell, example=True)
    project.run("uv", "run", "alembic", "upgrade", "head")
    return project
