"""A column is renamed as the guide tells it, while customers are written."""

import re
import subprocess
from textwrap import dedent

import pytest
import sqlalchemy as sa
from cells import Cell
from installed import engine_of
from projects import GUIDES, Project

ALEMBIC = ("uv", "run", "alembic")
MODELS = "src/my_service/orders/models.py"
BEFORE = "    name: Mapped[Str200]\n"
WRITER = """
import select
import sys

from my_service.connection import connected
from my_service.database import unit_of_work
from my_service.orders.models import Customer
from my_service.settings import load_settings

written = 0
with connected(load_settings()) as sessions:
    while not select.select([sys.stdin], [], [], 0.005)[0]:
        with unit_of_work(sessions) as session:
            new = Customer(email=f"{written}@{sys.argv[1]}", name="Ada")
            session.add(new)
        with unit_of_work(sessions) as session:
            assert session.get_one(Customer, new.id).name == "Ada"
        written += 1
        if written == 1:
            print("writing", flush=True)
print(written)
"""


class Writer:
    """A process of the release that is in the project now; it writes customers."""

    def __init__(self, project: Project, name: str) -> None:
        self.process = subprocess.Popen(
            [project.path / ".venv/bin/python", "-c", WRITER, name],
            cwd=project.path,
            env=project.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout
        assert self.process.stdout.readline() == "writing\n"

    def written(self) -> int:
        """Stop it; return how many customers it wrote. No write has failed."""
        printed, _ = self.process.communicate("stop\n", timeout=30)
        assert self.process.returncode == 0, "a write failed"
        return int(printed)


@pytest.mark.cells(
    Cell("sqlite", "none", "sync"),
    Cell("postgresql", "none", "sync"),
    Cell("mysql", "none", "sync"),
)
def test_no_write_fails(cell: Cell, shop: Project) -> None:
    writes_both, copies, reads_new, knows_new = told()
    models = shop.path / MODELS
    original = models.read_text("utf-8")
    imports = (
        "from sqlalchemy.orm import Unmapped, unmapped_column, validates"
        "\n\n\nclass OrderStatus"
    )

    def release(columns: str, *revision: str) -> None:
        """Write the models of a release, and migrate to them."""
        source = original.replace(BEFORE, columns).replace(
            "class OrderStatus", imports, 1
        )
        models.write_text(source, "utf-8")
        if revision:
            shop.run(*ALEMBIC, "revision", "--autogenerate", "-m", *revision)
        shop.run(*ALEMBIC, "upgrade", "head")
        shop.run(*ALEMBIC, "check")

    before = names_in(shop, "name")
    writers = [Writer(shop, "zero")]
    try:
        release(writes_both, "add full_name")
        writers.append(Writer(shop, "one"))
        written = writers[0].written()
        copy_names(shop, copies)
        release(reads_new, "demand full_name")
        writers.append(Writer(shop, "two"))
        written += writers[1].written()
        release(knows_new)
        writers.append(Writer(shop, "three"))
        written += writers[2].written()
        release(knows_new.splitlines(keepends=True)[0], "drop name")
        written += writers[3].written()
        names = names_in(shop, "full_name")
        assert {email: names.pop(email) for email in before} == before
        assert list(names.values()) == ["Ada"] * written
    finally:
        for writer in writers:
            writer.process.kill()
        clean_up(shop)


def names_in(project: Project, column: str) -> dict[str, str]:
    """Return the names of all customers by their email, from one of the columns."""
    customers = sa.table("customers", sa.column("email"), sa.column(column))
    with engine_of(project).connect() as connection:
        rows = connection.execute(sa.select(customers)).all()
    return dict(map(tuple, rows))


def told() -> list[str]:
    """Return the code of the guide, in its order: columns of the model, but once a revision."""
    guide = (GUIDES / "renaming-a-column.md").read_text("utf-8")
    blocks = re.findall(r"(?s)   ```python\n(.*?)\n   ```", guide)
    code = [
        dedent(block).removeprefix("class Customer(IntegerKey, Timestamps, Base):\n")
        + "\n"
        for block in blocks
    ]
    assert len(code) == 4
    return code


def copy_names(project: Project, code: str) -> None:
    """Write the data migration, and run it."""
    project.run(*ALEMBIC, "-x", "data", "revision", "-m", "copy names")
    revision = next(project.path.glob("migrations/versions/*_copy_names_*.py"))
    source = revision.read_text("utf-8")
    source = re.sub(r"(?s)# What this .*(?=\n\ndef downgrade)", code, source)
    revision.write_text(source, "utf-8")
    project.run(*ALEMBIC, "upgrade", "head")


def clean_up(project: Project) -> None:
    """Leave the project as it was, with an empty database at its head."""
    project.run("git", "checkout", "--quiet", "src")
    with engine_of(project).begin() as connection:
        there = sa.MetaData()
        there.reflect(connection)
        there.drop_all(connection)
    project.run("git", "checkout", "--quiet", "migrations")
    project.run("git", "clean", "--force", "--quiet", "migrations")
    project.run(*ALEMBIC, "upgrade", "head")
