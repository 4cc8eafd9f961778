"""The example goes from a project that worked with it, as the guide says."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cells import DATABASES, Cell
from installed import engine_of, in_terms_of
from projects import GUIDES, Project
from servers.shared import create_database, drop_database

from updates.histories import commit, copy, git, substitute, update

ALEMBIC = ("uv", "run", "alembic")
SRC = "src/my_service"
STYLES = (("fastapi", "async"), ("none", "sync"))
BILLING = {
    "__init__.py": '"""What customers are to pay."""\n',
    "models.py": '''"""Invoices."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import Base, IntegerKey, Timestamps
from ..orders.models import Customer


class Invoice(IntegerKey, Timestamps, Base):
    """What a customer is to pay."""

    __tablename__ = "invoices"

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id", ondelete="RESTRICT"), index=True
    )
    customer: Mapped[Customer] = relationship(lazy="raise")
    cents: Mapped[int]
''',
    "commands.py": '''"""Invoices on the command line."""

import typer

from ..orders.models import Customer
from .models import Invoice

cli = typer.Typer()


@cli.command()
def explain_invoices() -> None:
    """Tell what an invoice is."""
    typer.echo(f"{Customer.__tablename__}: {Invoice.__doc__}")
''',
}


@pytest.fixture
def project(
    request: pytest.FixtureRequest,
    cell: Cell,
    history: Path,
    environment: Callable[[Cell], Path],
    tmp_path: Path,
) -> Iterator[Project]:
    """A project whose subject uses the example, its database migrated."""
    path = copy(history, tmp_path / "project", version="v1.0.0", **cell.answers)
    (path / ".git/info/exclude").write_text(".venv\n")
    (path / ".venv").symlink_to(environment(cell))
    variables = {"PYTHONPATH": "src", "UV_NO_SYNC": "1"}
    server, name = None, f"without_example_{uuid4().hex}"
    if cell.database != "sqlite":
        server = request.getfixturevalue(f"{cell.database}_server")
        url = in_terms_of(cell, create_database(server, name))
        variables |= {"DATABASE_URL": url, "TEST_DATABASE_URL": url}
    project = Project(path, variables=variables)
    if cell.database == "mysql":  # as on a server that nobody has configured
        with engine_of(project).begin() as connection:
            connection.execute(sa.text(f"ALTER DATABASE {name} COLLATE DEFAULT"))
    add_billing(project, cell)
    yield project
    if server is not None:
        drop_database(server, name)


def add_billing(project: Project, cell: Cell) -> None:
    """Write a subject, wire it as the README says, and migrate."""
    folder = project.path / SRC / "billing"
    folder.mkdir()
    for name, text in BILLING.items():
        (folder / name).write_text(text, "utf-8")
    project.run(*ALEMBIC, "upgrade", "head")
    waiver = "# waive: G15 (one new table with its index)\n"
    make_revision(
        project,
        *(*ALEMBIC, "revision", "--autogenerate", "-m=keep invoices"),
        waiver=waiver if cell.database == "mysql" else "",
    )
    project.run(*ALEMBIC, "upgrade", "head")
    with engine_of(project).begin() as connection:
        for statement in (
            "INSERT INTO customers (email, name) VALUES ('ada@a.org', 'Ada')",
            "INSERT INTO invoices (customer_id, cents) SELECT id, 5 FROM customers",
        ):
            connection.execute(sa.text(statement))
    commit(project.path)


def make_revision(project: Project, *command: str, waiver: str = "") -> None:
    """Let Alembic write a revision, and say that it is read."""
    before = {*project.path.glob("migrations/versions/*.py")}
    project.run(*command)
    made = {*project.path.glob("migrations/versions/*.py")} - before
    assert made
    for revision in made:
        substitute(revision, r"^# Not read yet: .*\n\n", "")
        upgrade = revision.read_text("utf-8").partition("\ndef downgrade")[0]
        if upgrade.count("op.create_") + upgrade.count("op.drop_") > 1:
            substitute(revision, r"^def upgrade", rf"{waiver}\g<0>")


@pytest.mark.cells(*(Cell(kind, *style) for kind in DATABASES for style in STYLES))
def test_the_example_goes(cell: Cell, project: Project) -> None:
    path = project.path
    update(path, version="v1.0.0", example=False)
    assert git(path, "diff", "--diff-filter=U") == ""
    mend, waivers = steps_told(cell.database)
    if cell.database == "sqlite":  # it takes its time, and knows no database
        told = "".join(project.find("mypy"))
        for module in ("models", "commands"):
            assert re.search(rf"{SRC}/billing/{module}\.py:\d+: error: .*orders", told)
    keep_customers(project)

    *restore, revise = mend
    for command in restore:
        project.run("bash", "-c", command)
    waiver = "".join(f"{line}\n" for line in waivers)
    make_revision(project, "bash", "-c", revise, waiver=waiver)
    project.run(*ALEMBIC, "upgrade", "head")
    project.run(*ALEMBIC, "check")
    commit(path, "Go on without the example")
    with engine_of(project).connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        names = connection.scalars(sa.text("SELECT name FROM customers")).all()
    assert {*tables} == {"alembic_version", "customers", "invoices"}
    assert names == ["Ada"]
    assert project.run("uv", "run", project.script, "ready").endswith("ready\n")
    assert "customers: " in project.run("uv", "run", project.script, "explain-invoices")
    project.run("uv", "run", "ruff", "check")
    project.run("uv", "run", "python", "-m", "conventions")
    project.run("uv", "run", "pytest", "--quiet", "conventions")


def steps_told(database: str) -> tuple[list[str], list[str]]:
    """Return the commands of the guide, and the waivers that their revision needs."""
    guide = (GUIDES / "without-the-example.md").read_text("utf-8")
    commands, of_postgresql, of_mysql = (
        dedent(block).strip().splitlines()
        for block in re.findall(r"(?s) ```\w+\n(.*?)\n +```", guide)
    )
    waivers = {"postgresql": of_postgresql, "mysql": of_mysql}
    return commands, waivers.get(database, [])


def keep_customers(project: Project) -> None:
    """Take over the model that the subject needs, from where the guide finds it."""
    source = git(project.path, "show", f"HEAD:./{SRC}/orders/models.py")
    nodes = ast.parse(source).body
    kept = [
        ast.get_source_segment(source, node)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        or (isinstance(node, ast.ClassDef) and node.name == "Customer")
    ]
    billing = project.path / SRC / "billing"
    text = "\n".join(['"""Customers."""', *map(str, kept)])
    (billing / "customers.py").write_text(f"{text}\n", "utf-8")
    for module in ("models", "commands"):
        substitute(billing / f"{module}.py", r"\.\.orders\.models", ".customers")
    fix = ("ruff", "check", "--quiet", "--fix", "--select=F401,I", str(billing))
    project.run("uv", "run", *fix)
