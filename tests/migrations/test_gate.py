"""The gate of a project's migrations: each of its parts fails on its fault."""

import re
from collections.abc import Callable, Iterator

import pytest
from cells import Cell
from installed import Installed
from projects import Project
from rules.plants.migrations import (
    CELLS,
    DROP_INDEX,
    FAULTS,
    FIRST,
    INDEX,
    VERSIONS,
    Fault,
    revision,
)
from updates.histories import commit, git
from warm import Pytest


@pytest.fixture
def project(fault: Fault, installed: Installed) -> Iterator[Project]:
    """A project with a fault, which is taken out again."""
    project = installed(CELLS[fault.database], example=True)
    for path, text in fault.files.items():
        (project.path / path).write_text(text, "utf-8")
    for path, (old, new) in fault.replaced.items():
        text = (project.path / path).read_text("utf-8")
        assert old in text, f"{path} has no {old!r}"
        (project.path / path).write_text(text.replace(old, new, 1), "utf-8")
    for command in fault.commands:
        project.run(
            "git",
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            *command.split(),
        )
    yield project
    project.run("git", "switch", "--quiet", "--discard-changes", "main")
    project.run("git", "clean", "--force", "--quiet", "-x", "migrations", "src")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            fault, id=f"{CELLS[fault.database]}-{name}", marks=pytest.mark.cell
        )
        for name, fault in FAULTS.items()
    ],
)
def test_a_fault_is_found(
    fault: Fault, project: Project, warm: Callable[[Project], Pytest]
) -> None:
    code, said = warm(project)(f"conventions::{fault.rule}")
    assert code == 1, said
    told = rf"^{fault.rule} {fault.found}.*; .+ \(see CONVENTIONS\.md#{fault.rule}\)$"
    assert re.search(told, said, re.MULTILINE), said[-6000:]


UNITS = 'op.create_table("units", sa.Column("id", sa.Integer(), primary_key=True))'
LOSE_NOTHING = {
    "added": (
        'op.add_column("products", sa.Column("weight", sa.Integer()))',
        'op.drop_column("products", "weight")',
    ),
    "filled": ('op.execute("UPDATE products SET weight = 1")', "op.get_bind()"),
    "checked": (
        'op.execute("ALTER TABLE products ADD CONSTRAINT weight CHECK (weight > 0) NOT VALID")',
        'op.drop_constraint("weight", "products")',
    ),
    "validated": (
        'op.execute("ALTER TABLE products VALIDATE CONSTRAINT weight")',
        "pass  # it is valid",
    ),
    "listed": (
        "op.execute(\"INSERT INTO categories (id, name) VALUES (7, 'a')\")",
        'op.execute("DELETE FROM categories WHERE id = 7")',
    ),
    "stays": (
        'op.execute("CREATE TABLE stays (begins_at timestamptz, ends_at timestamptz)")',
        'op.drop_table("stays")',
    ),
    "later": (
        'op.execute("ALTER TABLE stays ADD CONSTRAINT later CHECK (ends_at > begins_at) NOT VALID")',
        'op.drop_constraint("later", "stays")',
    ),
    "held": (
        'op.execute("ALTER TABLE stays VALIDATE CONSTRAINT later")',
        "pass  # it is valid",
    ),
    "counted": (
        "op.execute(\"INSERT INTO categories (name) VALUES ('b')\")",
        "op.execute(\"DELETE FROM categories WHERE name = 'b'\")",
    ),
    "made": (UNITS, 'op.drop_table("units")'),
    "dropped": ('op.drop_table("units")', UNITS),
}


@pytest.mark.cells(CELLS["postgresql"])
def test_steps_that_lose_nothing_are_good(cell: Cell, installed: Installed) -> None:
    project = installed(cell, example=True)
    after = "3f6c1d20a94e"
    for name, (up, down) in LOSE_NOTHING.items():
        for path, text in revision(up, down, name=name, after=after).items():
            (project.path / path).write_text(text, "utf-8")
        after = name
    said = project.find(
        "pytest", "-q", "conventions::G04", "conventions::G05", "conventions::G16"
    )
    git(project.path, "reset", "--quiet", "--hard")
    git(project.path, "clean", "--force", "--quiet", "migrations")
    assert "3 passed" in said[-1], "\n".join(said)


# --- Ways out that the conventions name ---

WAIVER = "# waive: G11 (the database is another one now)\n\n"
NO_WAY_BACK = revision(INDEX, "pass", name="old")[f"{VERSIONS}/old.py"]


@pytest.fixture
def joined(cell: Cell, installed: Installed) -> Iterator[Project]:
    """A project with two heads, whose fork is to be joined."""
    project = installed(cell, example=True)
    for name in ("one", "two"):
        nothing = "op.get_bind()"
        for path, text in revision(nothing, nothing, name=name).items():
            source = text.replace("import sqlalchemy as sa\n", "")
            (project.path / path).write_text(source, "utf-8")
    yield project
    git(project.path, "reset", "--quiet", "--hard")
    git(project.path, "clean", "--force", "--quiet", "migrations")


@pytest.mark.cells(*CELLS.values())
def test_branches_become_one_line_as_the_gate_says(joined: Project) -> None:
    told = "\n".join(joined.find("pytest", "-q", "conventions::G13"))
    said = re.search(r"G13 .+; put it behind them: `(.+?)`", told)
    assert said, told
    joined.run("bash", "-c", said[1])
    joined.run(".venv/bin/ruff", "format", "--check", "migrations")
    joined.run(".venv/bin/pytest", "-q", "conventions", "-k", "G0 or G1")


@pytest.mark.cells(CELLS["postgresql"])
def test_branches_can_be_joined(joined: Project) -> None:
    joined.run("uv", "run", "alembic", "merge", "heads", "-m", "join")
    (merge,) = joined.path.glob(f"{VERSIONS}/*_join_*.py")
    joined.run(".venv/bin/ruff", "check", str(merge))
    joined.run(".venv/bin/ruff", "format", "--check", str(merge))
    joined.run(".venv/bin/pytest", "-q", "conventions", "-k", "G0 or G1")


@pytest.fixture
def gate(copy: Project, warm: Callable[[Project], Pytest]) -> Callable[[], str]:
    """`gate()` gives what the gate finds, as CI asks it: "" if nothing."""
    copy.variables = {**copy.variables, "CI": "true"}

    def gate() -> str:
        copy.run(".venv/bin/python", "-m", "conventions.revisions")  # as Alembic does
        asked = ("conventions", "-k", "G01 or G03 or G04 or G06 or G1")
        _, said = warm(copy)("-q", *asked)
        assert re.search(r"\d passed", said), said
        return "\n".join(re.findall(r"(?m)^[A-Z]\d\d .*", said))

    return gate


@pytest.mark.cells(CELLS["sqlite"])
def test_an_edit_can_be_waived_once(copy: Project, gate: Callable[[], str]) -> None:
    first = copy.path / FIRST
    commit(copy.path)
    git(copy.path, "switch", "--quiet", "--create=work")

    def edit(waiver: str = "") -> None:
        text = first.read_text("utf-8")
        again = text.replace("def upgrade", f"{waiver}def upgrade")
        first.write_text(f"{again}\n# Once more.\n", "utf-8")

    edit()
    assert gate().startswith(f"G11 {FIRST}:1: databases have taken it")
    edit(WAIVER)
    assert gate() == ""
    commit(copy.path)
    assert gate() == ""
    git(copy.path, "switch", "--quiet", "main")
    git(copy.path, "merge", "--quiet", "--no-ff", "-m", "Merge", "work")
    assert gate() == ""
    commit(copy.path, "Go on")
    edit()
    assert gate().startswith(f"G11 {FIRST}:1: databases have taken it")
    edit(WAIVER.replace("now", "again"))
    assert gate() == ""


@pytest.mark.cells(CELLS["sqlite"])
def test_a_history_can_begin_anew(copy: Project, gate: Callable[[], str]) -> None:
    commit(copy.path)
    git(copy.path, "switch", "--quiet", "--create=work")
    (copy.path / FIRST).unlink()
    assert gate().startswith(f"G11 {FIRST}:1: databases have taken it")
    anew = revision(INDEX, DROP_INDEX, name="anew")[f"{VERSIONS}/anew.py"]
    anew = anew.replace("import sqlalchemy as sa\n", "")
    anew = anew.replace('= "3f6c1d20a94e"', "= None")
    new = copy.path / VERSIONS / "anew.py"
    new.write_text(anew, "utf-8")
    assert gate().startswith("G11 ")
    new.write_text(anew.replace("def upgrade", f"{WAIVER}def upgrade"), "utf-8")
    assert gate() == ""


@pytest.mark.cells(CELLS["sqlite"])
def test_a_new_rule_is_for_new_revisions(
    copy: Project, gate: Callable[[], str]
) -> None:
    """What the main branch has keeps its form, whatever a later version asks."""
    old = copy.path / VERSIONS / "old.py"
    old.write_text(NO_WAY_BACK, "utf-8")
    assert gate().startswith("G04 ")
    commit(copy.path)
    assert gate().startswith("G04 ")
    commit(copy.path, "Go on")
    assert gate() == ""
    copy.run("uv", "run", "pre-commit", "run", "--all-files", "conventions")
    new = NO_WAY_BACK.replace('revision = "old"', 'revision = "new"')
    new = new.replace("3f6c1d20a94e", "old")
    (copy.path / VERSIONS / "new.py").write_text(new, "utf-8")
    assert re.fullmatch(rf"G04 {VERSIONS}/new.py:\d+: [^\n]+", gate())
    git(copy.path, "switch", "--quiet", "--create=work")
    commit(copy.path)
    assert re.fullmatch(rf"G04 {VERSIONS}/new.py:\d+: [^\n]+", gate())
