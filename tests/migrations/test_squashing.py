"""One revision in the place of many, beside databases that have taken them."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import Installed, engine_of
from projects import Project
from rules.plants.migrations import CELLS, DROP_INDEX, FIRST, INDEX, revision
from updates.histories import git

TRIGGER = (
    'op.execute("CREATE TRIGGER t AFTER INSERT ON products BEGIN SELECT 1; END")',
    'op.execute("DROP TRIGGER t")',
)
ROW = (
    "op.execute(\"INSERT INTO categories (name) VALUES ('tea')\")",
    'op.execute("DELETE FROM categories")',
)
FUNCTION = (
    "op.execute(\"CREATE FUNCTION number() RETURNS int LANGUAGE sql AS 'SELECT 1'\")",
    'op.execute("DROP FUNCTION number")',
)
COLUMN = (
    'op.execute("ALTER TABLE products ADD COLUMN number int DEFAULT number()")',
    'op.drop_column("products", "number")',
)
SQUASH = ("uv", "run", "my-service", "squash-revisions")


@pytest.fixture
def project(cell: Cell, installed: Installed) -> Iterator[Project]:
    """A project with a second revision on its main branch, as its database has it."""
    project = installed(cell, example=True)
    add(project, "two", INDEX, DROP_INDEX)
    added = git(project.path, "rev-parse", "HEAD").strip()
    git(project.path, "commit", "--quiet", "--allow-empty", "--message=Go on")
    project.run("uv", "run", "alembic", "upgrade", "head")
    yield project
    set_version(project, "two")
    git(project.path, "reset", "--quiet", "--hard", added)
    git(project.path, "clean", "--force", "--quiet", "migrations")
    project.run("uv", "run", "alembic", "downgrade", "3f6c1d20a94e")
    git(project.path, "reset", "--quiet", "--hard", f"{added}~")


def add(
    project: Project, name: str, up: str, down: str, after: str = "3f6c1d20a94e"
) -> None:
    """Commit a revision."""
    for path, text in revision(up, down, name=name, after=after).items():
        source = text.replace("import sqlalchemy as sa\n", "")
        (project.path / path).write_text(source, "utf-8")
    project.commit(name)


def set_version(project: Project, version: str) -> None:
    """Say that the database is at a revision."""
    with engine_of(project).begin() as connection:
        connection.execute(
            sa.text(f"UPDATE alembic_version SET version_num = '{version}'")
        )


def refused(project: Project, *command: str) -> str:
    """Run a command that fails; return the last line that it prints."""
    told = project.run("bash", "-c", f"! {' '.join(command)} 2>&1")
    return told.splitlines()[-1]


@pytest.mark.cells(CELLS["postgresql"], CELLS["mysql"])
def test_many_revisions_become_one(project: Project) -> None:
    project.run(*SQUASH, "two")
    assert not (project.path / FIRST).exists()
    project.run(".venv/bin/ruff", "check", "migrations")
    project.run(".venv/bin/ruff", "format", "--check", "migrations")
    project.run(".venv/bin/pytest", "-q", "conventions", "-k", "(G0 or G1) and not G08")
    project.commit("Squash")
    project.run("uv", "run", "alembic", "upgrade", "head")
    assert project.run("uv", "run", "my-service", "ready") == "ready\n"
    set_version(project, "3f6c1d20a94e")
    told = refused(project, "uv", "run", "alembic", "upgrade", "head")
    sentence = "the schema is at 3f6c1d20a94e, which was squashed into two: upgrade it"
    assert told.startswith(sentence)
    told = refused(project, "uv", "run", "my-service", "ready")
    assert told.endswith("the code expects two: run `alembic upgrade head`")


@pytest.mark.cells(CELLS["postgresql"])
def test_what_does_not_run_is_refused(project: Project) -> None:
    """A function is not reflected; what needs it is."""
    up = f"{FUNCTION[0]}\n    {COLUMN[0]}"
    add(project, "three", up, f"{COLUMN[1]}\n    {FUNCTION[1]}", after="two")
    told = refused(project, *SQUASH, "three")
    assert told.startswith("error: Alembic does not render all of it: ")
    assert "function number() does not exist" in told
    assert git(project.path, "status", "--porcelain") == ""


@pytest.mark.cells(CELLS["sqlite"])
def test_what_would_be_lost_is_refused(project: Project) -> None:
    add(project, "three", *TRIGGER, after="two")
    told = refused(project, *SQUASH, "three")
    assert told == "error: Alembic does not render all of it: trigger t"
    assert git(project.path, "status", "--porcelain") == ""
    add(project, "four", *ROW, after="three")
    told = refused(project, *SQUASH, "four")
    assert told == "error: revisions write rows to categories: they would be lost"
    told = refused(project, *SQUASH, "five")
    assert told == "error: there is no revision five with others before it"
    assert git(project.path, "status", "--porcelain") == ""
