"""Migrations that can be trusted: one at a time, nothing half-way, every step back."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from cells import CELLS, Cell
from conftest import Render
from installed import DRIVERS, Installed, in_terms_of
from servers.shared import create_database, drop_database

from migrations.migrating import Migrating, advice, ended, migrating

ALL = [cell for cell in CELLS if not cell.served]
SYNC = [cell for cell in ALL if cell.concurrency == "sync"]
SERVERS = [cell for cell in ALL if cell.database != "sqlite"]
MYSQL = [cell for cell in ALL if cell.database == "mysql"]
TRANSACTIONAL = [cell for cell in SYNC if cell.database != "mysql"]
POSTGRESQL = [cell for cell in SYNC if cell.database == "postgresql"]

SLEEP = {"postgresql": "SELECT pg_sleep({})", "mysql": "SELECT SLEEP({})"}
# Stops between two statements as long as there is a file "gate".
IN_TWO_STEPS = """
    op.add_column("customers", sa.Column("first", sa.Integer()))
    pathlib.Path("reached").touch()
    while pathlib.Path("gate").exists():
        time.sleep(0.05)
    op.add_column("customers", sa.Column("second", sa.Integer()))
"""
MODELS = '''
class Supplier(IntegerKey, Timestamps, Base):
    """Who a product comes from."""

    __tablename__ = "suppliers"

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[Str200]
'''
# SQLite bounds no text, unless by a CHECK.
TEXTS = {
    "sqlite": ("TEXT", "Text()"),
    "postgresql": ("VARCHAR(100)", "String(100)"),
    "mysql": ("VARCHAR(100)", "String(100)"),
}
# Written by hand, with names of its own.
LIBRARY = (
    """CREATE TABLE authors (id BIGINT NOT NULL PRIMARY KEY,
    email {text} NOT NULL, CONSTRAINT author_email UNIQUE (email))""",
    """CREATE TABLE books (id BIGINT NOT NULL PRIMARY KEY, author_id BIGINT NOT NULL,
    title {text}, CONSTRAINT book_author
    FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE CASCADE)""",
    "CREATE INDEX books_of_author ON books (author_id)",
    "INSERT INTO authors VALUES (1, 'a@example.com')",
    "INSERT INTO books VALUES (1, 1, 'A Book')",
)
LIBRARY_MODELS = '''\
"""Books and who wrote them."""

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database import Base


class Author(Base):
    """Who writes."""

    __tablename__ = "authors"
    __table_args__ = (UniqueConstraint("email", name="author_email"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(64))


class Book(Base):
    """What is read."""

    __tablename__ = "books"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    author_id: Mapped[int] = mapped_column(
        ForeignKey("authors.id", name="book_author", ondelete="CASCADE")
    )
    title: Mapped[str | None] = mapped_column(TEXT)
'''


@pytest.fixture
def new_database(
    cell: Cell, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], str]]:
    """`new_database("a")` makes an empty one; returns its URL, as a project wants it."""
    made: list[tuple[str, str]] = []

    def new_database(name: str) -> str:
        if cell.database == "sqlite":
            driver = DRIVERS[cell.database, cell.concurrency]
            return f"{driver}:///{tmp_path / name}.db"
        server = request.getfixturevalue(f"{cell.database}_server")
        made.append((server, f"migrating_{name}_{uuid4().hex}"))
        return in_terms_of(cell, create_database(*made[-1]))

    yield new_database
    for database in made:
        drop_database(*database)


@pytest.fixture
def shop(
    cell: Cell, installed: Installed, new_database: Callable[[str], str], tmp_path: Path
) -> Iterator[Migrating]:
    """A copy of the shop, on an empty database."""
    project = installed(cell, example=True)
    folder = tmp_path / "copy"
    with migrating(project, project.path, folder, new_database("shop")) as shop:
        yield shop


def wait_for(file: Path) -> None:
    """Wait until a process has made a file."""
    deadline = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < deadline, f"there is no {file.name}"
        time.sleep(0.02)
    file.unlink()


@pytest.mark.cells(*ALL)
def test_four_at_once_migrate_once(shop: Migrating) -> None:
    add = 'op.add_column("customers", sa.Column("first", sa.Integer()))'
    shop.write("slow", shop.head, f"time.sleep(1)\n{add}")
    processes = [shop.start("alembic", "upgrade", "head") for _ in range(4)]
    done = [ended(process) for process in processes]
    assert [code for code, _ in done] == [0] * 4, done
    printed = "".join(printed for _, printed in done)
    assert printed.count("Running upgrade") == 2
    assert "first" in shop.columns("customers")
    assert "slow (head)" in shop.alembic("current")


@pytest.mark.cells(*ALL)
def test_a_killed_process_leaves_a_way_on(cell: Cell, shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    shop.write("two", shop.head, IN_TWO_STEPS)
    gate = shop.path / "gate"
    gate.touch()
    holder = shop.start("alembic", "upgrade", "head")
    wait_for(shop.path / "reached")
    refused = shop.refused("upgrade", "head", DATABASE_MIGRATION_WAIT=1)
    assert refused == "another process migrates for over 1 s\n"
    holder.kill()
    holder.wait()
    gate.unlink()
    if cell.database == "mysql":
        report = shop.refused("upgrade", "head")
        assert re.search("There:\n.+ first .+\nNot there:\n.+ second .+\nFix", report)
        shop.alembic(*advice(report, "do the rest"))
    else:
        assert "first" not in shop.columns("customers")
    shop.alembic("upgrade", "head")
    assert {"first", "second"} <= shop.columns("customers")
    assert "two (head)" in shop.alembic("current")


@pytest.mark.cells(*POSTGRESQL)
def test_what_a_killed_process_was_doing_ends(shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    sleep = "pathlib.Path('reached').touch()\nop.execute('SELECT pg_sleep(120)')"
    shop.write("sleep", shop.head, sleep)
    holder = shop.start("alembic", "upgrade", "head")
    wait_for(shop.path / "reached")
    time.sleep(0.5)
    holder.kill()
    shop.write("sleep", shop.head, "pass")
    shop.alembic("upgrade", "head", DATABASE_MIGRATION_WAIT=20)


@pytest.mark.cells(*POSTGRESQL)
def test_who_waits_does_not_hold_up_an_index(shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    index = """
        pathlib.Path("reached").touch()
        time.sleep(2)
        with op.get_context().autocommit_block():
            op.create_index(
                "ix_new", "customers", ["name"], postgresql_concurrently=True
            )
    """
    shop.write("concurrently", shop.head, index)
    first = shop.start("alembic", "upgrade", "head")
    wait_for(shop.path / "reached")
    assert ended(shop.start("alembic", "upgrade", "head")).code == 0
    assert ended(first).code == 0


@pytest.mark.cells(*SERVERS)
def test_a_statement_may_take_long_but_not_wait_long(
    cell: Cell, shop: Migrating
) -> None:
    shop.alembic("upgrade", "head")
    sleep = SLEEP[cell.database]
    # Longer than the connections of the service wait for any answer.
    shop.write("long", shop.head, f"op.execute('{sleep.format(7)}')")
    shop.alembic("upgrade", "head", DATABASE_STATEMENT_TIMEOUT=1)
    add = 'op.add_column("customers", sa.Column("first", sa.Integer()))'
    shop.write("locked", "long", add)
    with shop.connected() as connection:
        connection.exec_driver_sql("SELECT * FROM customers")
        began = time.monotonic()
        refused = shop.refused("upgrade", "head", DATABASE_LOCK_TIMEOUT=1)
    assert time.monotonic() - began < 60
    assert refused.startswith("other work holds what it needs, try again")
    shop.alembic("upgrade", "head")
    assert "first" in shop.columns("customers")


@pytest.mark.cells(*TRANSACTIONAL)
def test_a_revision_that_fails_leaves_nothing(shop: Migrating) -> None:
    add = 'op.add_column("customers", sa.Column("first", sa.Integer()))'
    shop.write(
        "good", shop.head, 'op.create_table("good", sa.Column("id", sa.Integer()))'
    )
    shop.write("bad", "good", f"{add}\n{add}")
    assert "first" in shop.refused("upgrade", "head")
    assert "first" not in shop.columns("customers")
    assert shop.alembic("current").endswith("good\n")


@pytest.mark.cells(*MYSQL)
def test_a_revision_that_fails_half_way_can_be_taken_back(shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    first = 'op.add_column("customers", sa.Column("first", sa.Integer()))'
    index = 'op.create_index("ix_first", "customers", ["{}"])'
    shop.write("bad", shop.head, f"{first}\n{index.format('nope')}")
    assert "nope" in shop.refused("upgrade", "head")
    # What was done is not done again, whatever is asked for; what was not, is.
    report = shop.refused("downgrade", "base")
    assert report == shop.refused("upgrade", "head")
    assert report == shop.refused("-x", "resume", "downgrade", "base")
    shop.write("bad", shop.head, f"op.drop_index('other', 'customers')\n{first}")
    assert "was changed since" in shop.refused(*advice(report, "do the rest"))
    with shop.connected() as connection:
        connection.exec_driver_sql("ALTER TABLE customers DROP COLUMN first")
        connection.exec_driver_sql(report.rsplit("and then: ")[1])
    shop.write("bad", shop.head, f"{first}\n{index.format('first')}")
    shop.alembic("upgrade", "head")
    with shop.connected() as connection:
        assert not sa.inspect(connection).has_table("alembic_running")


@pytest.mark.cells(*MYSQL[:1])
def test_each_branch_takes_back_its_own(shop: Migrating) -> None:
    for name in ("left", "right"):
        column = f'"customers", "{name}"'
        add = f'op.add_column("customers", sa.Column("{name}", sa.Integer()))'
        shop.write(name, shop.head, add, f"op.drop_column({column})")
    shop.alembic("merge", "heads", "-m", "join", "--rev-id", "joined")
    shop.alembic("upgrade", "head")
    assert {"left", "right"} <= shop.columns("customers")
    shop.alembic("downgrade", "left")
    assert "left" in shop.columns("customers")
    shop.alembic("upgrade", "head")
    shop.alembic("downgrade", shop.head)
    assert not {"left", "right"} & shop.columns("customers")
    shop.alembic("upgrade", "head")
    bad = "op.drop_column('customers', 'right')\nop.drop_column('customers', 'nope')"
    shop.write("right", shop.head, "pass", bad)
    assert "nope" in shop.refused("downgrade", shop.head)
    report = shop.refused("downgrade", shop.head)
    command = advice(report, "do the rest")
    shop.write("right", shop.head, "pass", bad.splitlines()[0])
    shop.alembic(*command)
    assert not {"left", "right"} & shop.columns("customers")


@pytest.mark.cells(*MYSQL[:1])
def test_a_statement_that_ended_after_its_process_is_not_run_again(
    shop: Migrating,
) -> None:
    shop.alembic("upgrade", "head")
    shop.write("two", shop.head, IN_TWO_STEPS)
    gate = shop.path / "gate"
    gate.touch()
    holder = shop.start("alembic", "upgrade", "head")
    wait_for(shop.path / "reached")
    holder.kill()
    holder.wait()
    gate.unlink()
    with shop.connected() as connection:
        connection.exec_driver_sql("ALTER TABLE customers ADD COLUMN unasked INTEGER")
        connection.exec_driver_sql(
            "INSERT INTO customers (id, email, name) VALUES (9, 'a', 'a')"
        )
    shop.alembic("-x", "resume", "upgrade", "two")
    assert {"first", "second"} <= shop.columns("customers")


@pytest.mark.cells(*SYNC)
def test_what_is_printed_as_sql_makes_the_same_schema(
    cell: Cell, shop: Migrating
) -> None:
    head = shop.head
    note = "op.execute(\"COMMENT ON TABLE customers IS '100% of them'\")"
    shop.write("note", head, note if cell.database == "postgresql" else "pass")
    back = ["downgrade", f"note:{head}"]
    for step in (["upgrade", "head"], back, ["upgrade", f"{head}:note"]):
        printed = shop.alembic(*step, "--sql")
        send(shop, "\n".join(line for line in printed.splitlines() if sql(line)))
    assert "note (head)" in shop.alembic("current")
    if cell.database == "postgresql":
        with shop.connected() as connection:
            comment = sa.inspect(connection).get_table_comment("customers")
            assert comment == {"text": "100% of them"}
            connection.exec_driver_sql("COMMENT ON TABLE customers IS NULL")
    shop.alembic("check")


@pytest.mark.cells(*SYNC)
def test_a_new_revision(cell: Cell, shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    make = ("revision", "--autogenerate", "-m", "Say what changes")
    before = set(shop.revisions.glob("*.py"))
    printed = shop.alembic(*make)
    assert "The models have not changed: no revision is made." in printed
    assert set(shop.revisions.glob("*.py")) == before
    models = next(shop.path.glob("src/*/catalogue/models.py"))
    models.write_text(models.read_text("utf-8") + "\n" + MODELS, "utf-8")
    shop.replace(
        "orders/models.py",
        "status: Mapped[OrderStatus]",
        "status: Mapped[OrderStatus | None]",
    )
    shop.alembic(*make)
    made = set(shop.revisions.glob("*.py")) - before
    assert made
    for revision in made:
        name = r"\d{4}_\d\d_\d\d_say_what_changes(_\d_of_\d)?_[0-9a-f]{12}"
        assert re.fullmatch(name, revision.stem)
        for tool in (("format", "--check"), ("check",)):
            done = shop.run("ruff", *tool, str(revision))
            assert done.code == 0, done.printed
        assert "my_service" not in revision.read_text("utf-8")
    assert "\nG03 " in "\n" + shop.run("python", "-m", "conventions").printed
    for revision in made:
        source = re.sub("# Not read yet.*\n", "", revision.read_text("utf-8"))
        revision.write_text(source, "utf-8")
    assert "\nG03 " not in "\n" + shop.run("python", "-m", "conventions").printed
    for step in (
        ["upgrade", "head"],
        ["check"],
        ["downgrade", "-1"],
        ["upgrade", "head"],
    ):
        shop.alembic(*step)
    shop.alembic("check")


@pytest.mark.cells(*MYSQL[:1])
def test_the_digits_behind_the_seconds_are_compared(shop: Migrating) -> None:
    shop.alembic("upgrade", "head")
    with shop.connected() as connection:
        connection.exec_driver_sql("ALTER TABLE products MODIFY deleted_at DATETIME")
    assert "deleted_at" in shop.refused("check")


@pytest.mark.cells(*SYNC)
def test_it_is_ready_at_the_head(shop: Migrating) -> None:
    ready = ("my-service", "ready")
    code, printed = shop.run(*ready)
    expected = f"the schema is at no revision, the code expects {shop.head}"
    assert (code, printed) == (1, f"error: {expected}: run `alembic upgrade head`\n")
    shop.alembic("upgrade", "head")
    assert shop.run(*ready) == (0, "ready\n")


@pytest.mark.cells(*SYNC)
def test_a_database_that_exists_is_adopted(
    cell: Cell,
    installed: Installed,
    render: Render,
    new_database: Callable[[str], str],
    tmp_path: Path,
) -> None:
    stored, described = TEXTS[cell.database]
    bare = render(**cell.answers, example=False)
    environment = installed(cell, example=True)
    folder = tmp_path / "copy"
    old, new = new_database("old"), new_database("new")
    with migrating(environment, bare, folder, old) as library:
        with library.connected() as connection:
            for statement in LIBRARY:
                connection.exec_driver_sql(statement.format(text=stored))
        package = folder / "src/my_service/lending"
        models = package / "models.py"
        package.mkdir()
        (package / "__init__.py").touch()
        models.write_text(LIBRARY_MODELS.replace("TEXT", described), "utf-8")
        differs = library.refused("check")
        assert "modify_type" in differs
        assert "books_of_author" in differs
        library.replace("lending/models.py", "String(64)", described)
        library.replace(
            "lending/models.py",
            '__tablename__ = "books"',
            '__tablename__ = "books"\n    __table_args__ = (Index("books_of_author", "author_id"),)',
        )
        library.alembic("check")
        make = ("revision", "--autogenerate", "-m")
        library.alembic(*make, "start", DATABASE_URL=new)
        library.alembic("stamp", "head")
        library.alembic("check")
        year = "    year: Mapped[int | None]\n"
        models.write_text(models.read_text("utf-8") + year, "utf-8")
        library.alembic(*make, "add years")
        for url in (old, new):
            library.alembic("upgrade", "head", DATABASE_URL=url)
            library.alembic("check", DATABASE_URL=url)
        with library.connected() as connection:
            titles = connection.exec_driver_sql("SELECT title FROM books")
            assert titles.scalars().all() == ["A Book"]


def sql(line: str) -> bool:
    """Whether it is not one of what Alembic logs."""
    return not line.startswith('{"time": ')


def send(shop: Migrating, script: str) -> None:
    """Send statements to the database, as its own client would."""
    with shop.connected() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        if connection.dialect.name == "sqlite":
            driver.executescript(script)
        elif connection.dialect.name == "postgresql":
            driver.autocommit = True
            driver.execute(script)
        else:
            for statement in filter(str.strip, script.split(";")):
                driver.query(statement)
