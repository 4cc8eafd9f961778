"""A project on another database: its tests pass there, and its data comes along."""

import contextlib
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from cells import CELLS
from installed import engine_of, in_terms_of
from projects import GUIDES, Project
from servers.shared import create_database, drop_database

from updates.edits import add_a_dependency, change_a_model, change_settings
from updates.histories import commit, copy, git, substitute, update

BY_NAME = {str(cell): cell for cell in CELLS}
PAIRS = [
    ("sqlite-fastapi-async", "postgresql-fastapi-async"),
    ("sqlite-flask-sync", "mysql-flask-sync"),
    ("sqlite-none-sync", "mysql-none-async"),
    ("postgresql-none-sync", "sqlite-none-async"),
    ("mysql-fastapi-sync", "postgresql-flask-sync"),
]
MANY = 100_000
Values = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Any:
    """`database("mysql")` gives the URL of an empty database, dropped at the end."""
    made: list[tuple[str, str]] = []

    def database(kind: str) -> str:
        server = request.getfixturevalue(f"{kind}_server")
        name = f"changed_{len(made)}_{abs(hash(request.node.name)) % 10**8}"
        made.append((server, name))
        return create_database(server, name)

    yield database
    for server, name in made:
        drop_database(server, name)


@pytest.mark.parametrize(
    ("before", "after"), PAIRS, ids=["-to-".join(pair) for pair in PAIRS]
)
def test_it_works_on_another_database(
    history: Path,
    tmp_path: Path,
    database: Callable[[str], str],
    before: str,
    after: str,
) -> None:
    old, new = BY_NAME[before], BY_NAME[after]
    path = copy(history, tmp_path / "shop", version="v1.0.0", **old.answers)
    for edit in (change_a_model, change_settings, add_a_dependency):
        edit(path)
    commit(path)
    data = None
    if old.database == "sqlite":
        data = filled(Project(path), tmp_path)
        commit(path, "Lock")

    update(path, version="v1.0.0", **new.answers, extras=["copy-data"])
    assert git(path, "diff", "--diff-filter=U") == ""
    project = Project(path)
    if new.database != "sqlite":
        url = database(new.database)
        own = in_terms_of(new, url)
        project.variables = {"DATABASE_URL": own, "TEST_DATABASE_URL": own}
    project.synchronize()
    project.run("uv", "run", "alembic", "upgrade", "head")
    project.run("uv", "run", "alembic", "check")
    if data is not None:
        copies_all(project, data, url)
    commit(path)
    found = project.find("pytest", "-q", "conventions::G11")
    assert "G11 migrations" in "".join(found)
    waive_as_the_readme_says(path)
    commit(path)
    project.variables = {**project.variables, "CI": "true"}
    project.run("uv", "run", "pytest", "--quiet")


def waive_as_the_readme_says(path: Path) -> None:
    """Say in the first revision that it was to change."""
    guide = (GUIDES / "another-database.md").read_text("utf-8")
    waiver = re.search(r"`(# waive: G11 .+?)`", guide)
    (first,) = path.glob("migrations/versions/*_3f6c1d20a94e.py")
    assert waiver
    substitute(first, "^def upgrade", f"{waiver[1]}\ndef upgrade")


def filled(project: Project, folder: Path) -> Path:
    """Make the data of a project on SQLite; return where it is."""
    products = folder / "products.csv"
    with products.open("w", encoding="utf-8") as file:
        file.write("sku,name,price_cents,stock\n")
        file.writelines(f"SKU-{n},Kürbis {n} 🎃,{n * 7},{n % 9}\n" for n in range(MANY))
    project.synchronize()
    project.run("uv", "run", "alembic", "upgrade", "head")
    project.run("uv", "run", project.script, "import-products", str(products))
    project.run("uv", "run", project.script, "seed", "--orders=50")
    source = project.path / "app.db"
    engine = sa.create_engine(f"sqlite:///{source}")
    with engine.begin() as connection:
        odd = {"result": json.dumps({"ö": [1, None, 0.1]}), "key": "k", "request": "r"}
        connection.execute(
            sa.text(
                "INSERT INTO order_requests (owner, key, request, result) "
                "VALUES ('', :key, :request, :result)"
            ),
            odd,
        )
        connection.execute(
            sa.text(
                "UPDATE products SET deleted_at = '2026-01-02 03:04:05.678901', "
                "version = 7 WHERE sku = 'SKU-7'"
            )
        )
    engine.dispose()  # so that nothing is left in files beside it
    assert not source.with_name("app.db-wal").exists()
    return source.rename(folder / "old.db")


def copies_all(project: Project, data: Path, url: str) -> None:
    """Copy, killed in the middle; copy on; count on; refuse other rows of the same keys."""
    command = ("uv", "run", project.script, "copy-data", f"sqlite:///{data}")
    execute(project, "INSERT INTO customers (id, email, name) VALUES (2, 'a', 'Ada')")
    refuses(project, data, url, "customers 2")
    execute(project, "DELETE FROM customers")
    execute(project, "DELETE FROM products")
    killed_in_the_middle(project, data)
    rest = re.search(r"products: (\d+) copied", project.run(*command))
    assert rest
    assert 0 < int(rest[1]) < MANY
    before, now = values(f"sqlite:///{data}"), values(url)
    assert before.keys() == now.keys()
    for table in before:
        assert before[table] == now[table], table
    used = add_and_delete(project)
    again = project.run(*command)
    assert again.count(": 0 copied") == len(before)
    assert values(url) == now
    assert "no model has it" not in again
    with contextlib.closing(sqlite3.connect(data)) as source:
        source.execute("ALTER TABLE products ADD COLUMN weight INTEGER")
        source.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY)")
    told = project.run(*command)
    assert told.count("not copied, no model has it") == 2
    assert "\nnotes: not copied" in told
    assert "\nproducts.weight: not copied" in told
    assert add_and_delete(project) > used
    execute(project, "DELETE FROM order_requests")  # which would come before the lines
    execute(project, "UPDATE order_lines SET quantity = quantity + 1")
    refuses(project, data, url, "order_lines ")
    project.run("uv", "run", project.script, "seed", "--orders=1")


def killed_in_the_middle(project: Project, data: Path) -> None:
    """Kill a command that copies as soon as some of the products are there."""
    count, engine = sa.text("SELECT count(*) FROM products"), engine_of(project)
    command = [f".venv/bin/{project.script}", "copy-data", f"sqlite:///{data}"]
    with subprocess.Popen(
        command, cwd=project.path, env=project.environment, stderr=subprocess.DEVNULL
    ) as process:
        copied = 0
        while not copied:
            assert process.poll() is None, "it ended too early"
            with engine.connect() as connection:
                copied = connection.scalar(count) or 0
        process.kill()


def refuses(project: Project, data: Path, url: str, row: str) -> None:
    """Say in one sentence which row is another one, and leave its table as it is."""
    table = row.split()[0]
    before = values(url)[table]
    command = f"uv run {project.script} copy-data sqlite:///{data} 2>&1; test $? = 1"
    told = project.run("bash", "-c", command)
    assert told.count(f"error: TO has another row {row}") == 1
    assert "Traceback" not in told
    assert values(url)[table] == before


def execute(project: Project, statement: str) -> None:
    """Change the database past the project."""
    with engine_of(project).begin() as connection:
        connection.execute(sa.text(statement))


def add_and_delete(project: Project) -> int:
    """Return the key that a new row has had."""
    execute(project, "INSERT INTO customers (email, name) VALUES ('a', 'Ada')")
    with engine_of(project).connect() as connection:
        key = connection.scalar(sa.text("SELECT id FROM customers WHERE email = 'a'"))
    execute(project, "DELETE FROM customers WHERE email = 'a'")
    return int(key)


def values(url: str) -> Values:
    """All that is in a database, by table, in terms that all databases share."""
    address = sa.make_url(url)
    if address.get_backend_name() == "mysql":
        address = address.set(drivername="mysql+pymysql")
    if address.get_backend_name() == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(address)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    found: Values = {}
    with engine.connect() as connection:
        for table in metadata.tables.values():
            names = sorted({c.name for c in table.columns} - {"not_deleted"})
            rows = connection.execute(sa.select(*(table.c[name] for name in names)))
            found[table.name] = sorted(
                (tuple(map(plain, row)) for row in rows), key=repr
            )
    engine.dispose()
    del found["alembic_version"]
    return found


def plain(value: Any) -> Any:
    """The same value from each driver."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    return value
