"""Subjects that the command makes, in projects of their own."""

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cells import CELLS, Cell
from conftest import ROOT, Render
from projects import Project
from subject_generator.language import parse
from subject_generator.names import Names
from subject_generator.project import Project as SubjectProject
from subject_generator.render import render as render_subject

from .lists import field_lists
from .making import (
    BILLING,
    check,
    chosen_number,
    make,
    refusal,
    run_tests,
    texts,
    validate_openapi,
)

OURS = "\n\n# Ours.\n"
LINES = """
from ..client import Client


async def test_lines(client: Client) -> None:
    old = {"text": "a", "note": "secret", "state": "b"}
    bill = {"number": "1", "lines": [old]}
    created = await client.post("/bills", json=bill)
    place = created.headers["Location"]
    await client.patch(place, json={"lines": [{"text": "new"}]})
    shown = await client.get(place)
    assert shown.json()["lines"] == [{"text": "new", "note": None, "state": "a"}]
""".lstrip()
PRICE = '''
"""Prices."""

from sqlalchemy.orm import Mapped

from ..database import Base, IntegerKey, Timestamps


class Price(IntegerKey, Timestamps, Base):
    __tablename__ = "prices"

    cents: Mapped[int]
'''.lstrip()
CHEAP = Cell("sqlite", "fastapi", "async")
IN_THE_GATE = (
    CHEAP,
    Cell("postgresql", "flask", "sync"),
    Cell("mysql", "none", "async"),
)


@pytest.mark.cells(*(CELLS if chosen_number() else IN_THE_GATE))
def test_what_is_made_passes_every_check(cell: Cell, project: Project) -> None:
    """Billing, and lists of fields that are made up."""
    made = chosen_number() or (2 if cell == CHEAP else 0)
    decimals = [] if cell.database == "sqlite" else ["decimal(10,2)"]
    for number, words in enumerate(field_lists(made, *decimals)):
        make(project, f"made_{number}", *words, "--no-revision")
    make(project, "billing", *BILLING)
    names = ["billing", *(f"made_{number}" for number in range(made))]
    check(project, *(f"tests/{name}" for name in names))
    if cell.served:
        described = validate_openapi(project, cell.concurrency)["paths"]
        assert {"/invoices", "/invoices/{invoice_id}", "/payments"} <= described.keys()


def test_what_is_made_has_good_types_in_every_cell(
    render: Render,
    every_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one environment, with one cache: the libraries are looked at once."""
    monkeypatch.setenv("UV_NO_SYNC", "1")
    for cell in CELLS:
        if cell in IN_THE_GATE:
            continue  # there all of it is run
        path = tmp_path / str(cell)
        shutil.copytree(render(**cell.answers, example=True), path)
        (path / ".venv").symlink_to(every_library)
        names = Names(SubjectProject(path), "billing", parse(BILLING))
        for name, text in render_subject(names).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text, "utf-8")
        made = ("src/my_service/billing", "tests/billing")
        project = Project(path)
        project.run("uv", "run", "ruff", "check", "--quiet", *made)
        project.run("uv", "run", "mypy", f"--cache-dir={tmp_path / 'cache'}", *made)


@pytest.mark.cells(CHEAP)
def test_the_command_of_the_readme_works(cell: Cell, project: Project) -> None:
    readme = (project.path / "README.md").read_text("utf-8")
    (line,) = re.findall(r"(?m)^uv run new_subject\.py .*$", readme)
    answers = project.path / ".copier-answers.yml"
    text = answers.read_text("utf-8")
    own = re.sub(r"(?m)^_src_path: .*$", f"_src_path: {ROOT}", text)
    answers.write_text(own, "utf-8")
    project.run(*shlex.split(line))
    answers.write_text(text, "utf-8")
    project.run("uv", "run", "alembic", "upgrade", "head")
    assert (project.path / "tests/rooms/test_routes.py").exists()


@pytest.mark.cells(CHEAP)
def test_what_is_made_is_taken_back(cell: Cell, project: Project) -> None:
    make(project, "billing", *BILLING)
    assert "?? src/my_service/billing/" in status(project)
    project.run("uv", "run", "alembic", "upgrade", "head")
    said = refusal(project, "billing", "--undo")
    assert "has been applied; run `uv run alembic downgrade`" in said
    project.run("uv", "run", "alembic", "downgrade", "base")
    away = replace(project, variables={**project.variables, "DATABASE_URL": "away"})
    assert "no database says whether" in refusal(away, "billing", "--undo")
    make(project, "billing", "--undo")
    assert status(project) == ""

    make(project, "rooms", "Room", "code: Str64", "--no-revision")
    models = project.path / "src/my_service/rooms/models.py"
    edited = models.read_text("utf-8") + OURS
    models.write_text(edited, "utf-8")
    printed = make(project, "rooms", "--undo")
    assert printed == "was edited, and stays:\n  src/my_service/rooms/models.py\n"
    assert models.read_text("utf-8") == edited
    assert status(project) == "?? src/my_service/rooms/\n"


@pytest.mark.cells(CHEAP)
def test_lines_that_are_put_anew_have_nothing_of_those_before(
    cell: Cell, project: Project
) -> None:
    lines = "lines: children BillLine(text: Str200, note: text null, state: enum a b)"
    make(project, "billing", "Bill", "number: Str64", lines)
    (project.path / "tests/billing/test_lines.py").write_text(LINES, "utf-8")
    run_tests(project, "tests/billing")


@pytest.mark.cells(CHEAP)
def test_what_grew_is_taken_back_while_no_revision_is_edited(
    cell: Cell, project: Project
) -> None:
    make(project, "rooms", "Room", "code: Str64")
    make(project, "rooms", "Room", "area: int null")
    (revision,) = (project.path / "migrations/versions").glob("*change_rooms*.py")
    read = re.sub(r"(?m)^# Not read yet: .*\n\n", "", revision.read_text("utf-8"))
    revision.write_text(f"{read}# Ours.\n", "utf-8")
    assert "was edited, so it is yours" in refusal(project, "rooms", "--undo")
    revision.write_text(read, "utf-8")
    user = project.path / "src/my_service/dashboard.py"
    user.write_text("def show() -> None:\n    from .rooms import models\n", "utf-8")
    assert "dashboard.py imports it" in refusal(project, "rooms", "--undo")
    user.unlink()
    make(project, "rooms", "--undo")
    assert status(project) == ""


@pytest.mark.cells(CHEAP)
def test_what_a_subject_has_no_longer_is_deleted(cell: Cell, project: Project) -> None:
    """Nor does a model that it does not refer to take the place of what it imports."""
    prices = project.path / "src/my_service/prices"
    prices.mkdir()
    (prices / "__init__.py").touch()
    (prices / "models.py").write_text(PRICE, "utf-8")
    imported = ("Tag", "name: Str64 unique", "rent: cents", "only: create list import")
    make(project, "tags", *imported)
    assert (project.path / "src/my_service/tags/importing.py").exists()
    make(project, "tags", "Tag", "only: list show change", "--no-revision")
    assert not (project.path / "src/my_service/tags/importing.py").exists()
    said = refusal(project, "tags", "Tag", "price: ref Price null")
    assert "Price is also the name of something that is rendered" in said
    check(project, "tests/tags")


@pytest.mark.cells(CHEAP)
def test_what_another_version_renders_is_shown_beside_edits(
    cell: Cell, project: Project
) -> None:
    make(project, "rooms", "Room", "code: Str64", "--no-revision")
    schemas = project.path / "src/my_service/rooms/schemas.py"
    schemas.write_text(schemas.read_text("utf-8") + OURS, "utf-8")
    words = project.path / "src/my_service/rooms/subject.toml"
    said = '"code: Str64",'
    more = words.read_text("utf-8").replace(said, f'{said}\n    "area: int null",')
    words.write_text(more, "utf-8")
    printed = make(project, "rooms", "--no-revision")
    assert "+    area: Int | None = None" in printed


@pytest.mark.cells(CHEAP)
def test_a_subject_grows_around_what_was_edited(
    cell: Cell, project: Project, tmp_path: Path
) -> None:
    make(project, "rooms", "Room", "code: Str64 unique")
    project.commit("Make rooms")
    routes = project.path / "src/my_service/rooms/routes.py"
    schemas = routes.with_name("schemas.py")
    edited = schemas.read_text("utf-8") + OURS
    schemas.write_text(edited, "utf-8")
    assert "no value for it; add null" in refusal(project, "rooms", "Room", "area: int")
    printed = make(project, "rooms", "Room", "area: int null", "Key", "room: ref Room")
    assert schemas.read_text("utf-8") == edited
    assert "+    area: Int | None = None" in printed
    assert "list_keys" in routes.read_text("utf-8")
    # What is not taken yet cannot be imported, so there is no revision yet.
    assert "cannot import name 'KeyCreate'" in printed
    patch = printed[printed.index("--- a/") :]
    (tmp_path / "patch").write_text(patch, "utf-8")
    schemas.write_text(edited.removesuffix(OURS), "utf-8")
    project.run("git", "apply", str(tmp_path / "patch"))
    schemas.write_text(schemas.read_text("utf-8") + OURS, "utf-8")
    for command in ("upgrade head", "revision --autogenerate -m 'change rooms'"):
        project.run("uv", "run", "alembic", *shlex.split(command))
    # A new column is read by somebody; new tables would not have to be.
    (revision,) = (project.path / "migrations/versions").glob("*change_rooms*.py")
    text = revision.read_text("utf-8")
    read = re.sub(r"(?m)^# Not read yet: .*\n\n", "", text)
    assert read != text
    revision.write_text(read, "utf-8")
    run_tests(project, "tests/rooms")
    before = dict(texts(project.path))
    make(project, "rooms", "--no-revision")
    assert dict(texts(project.path)) == before


@pytest.mark.cells(CHEAP)
def test_branches_that_add_subjects_merge(cell: Cell, project: Project) -> None:
    for name, entity in (("rooms", "Room"), ("cars", "Car")):
        project.run("git", "switch", "--quiet", "--create", name, "main")
        make(project, name, entity, "code: Str64 unique")
        project.commit(f"Make {name}")
    # Nothing but the order of their revisions is in conflict, and one command mends that.
    author = "-c user.name=A -c user.email=a@example.com"
    project.run("bash", "-c", f"! git {author} merge --quiet rooms")
    conflicts = project.run("git", "diff", "--name-only", "--diff-filter=U")
    assert conflicts == "migrations/head\n"
    project.run("uv", "run", project.script, "rebase-revision")
    project.commit("Join rooms and cars")
    assert "rebase" not in project.run("uv", "run", "pytest", "-q", "conventions::G13")
    run_tests(project, "tests/rooms", "tests/cars")


def status(project: Project) -> str:
    return project.run("git", "status", "--short")
