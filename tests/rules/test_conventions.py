"""The rules of a rendered project: each is explained, and held by what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cells import CELLS, Cell
from conftest import ROOT, Render

from rules.plants.everything import all_plants
from rules.rules_table import ADVICE, TABLE, instruments, table
from rules.tools import lint, scan

PACKAGE = ROOT / "template/conventions"
HEAD = re.compile(
    r'(?m)^### <a id="(?P<anchor>\w+)"></a>(?P<rule>[A-Z]\d\d) (?P<says>.+)$'
)


@pytest.fixture
def project(cell: Cell, render: Render) -> Path:
    """The cell's project, untouched."""
    return render(**cell.answers, example=True)


def documented(project: Path) -> list[re.Match[str]]:
    """The heads of CONVENTIONS.md."""
    return list(HEAD.finditer((project / "CONVENTIONS.md").read_text("utf-8")))


@pytest.mark.parametrize("example", [True, False], ids=["shop", "bare"])
def test_nothing_is_found_in_an_untouched_project(
    cell: Cell, example: bool, render: Render
) -> None:
    project = render(**cell.answers, example=example)
    assert scan(project) | lint(project) == set()


def test_every_rule_has_a_sentence_and_an_anchor(project: Path) -> None:
    heads = documented(project)
    assert len(heads) > 90
    for head in heads:
        assert head["anchor"] == head["rule"]
        assert re.match("[A-Z]", head["says"]), head["says"]
        assert not head["says"].endswith("."), head["says"]
    text = (project / "CONVENTIONS.md").read_text("utf-8")
    advice = {head["rule"] for head in heads} & ADVICE
    assert text.count("*No tool checks this.*") == len(advice)


def test_what_is_explained_is_checked_and_has_a_plant(project: Path) -> None:
    planted = {plant.rule for plant in all_plants()}
    for head in documented(project):
        held = bool(instruments().get(head["rule"]))
        assert held != (head["rule"] in ADVICE), head["rule"]
        assert (head["rule"] in planted) == held, head["rule"]


@pytest.mark.parametrize("plain_cell", CELLS[:1], ids=str)
def test_every_check_is_explained(plain_cell: Cell, render: Render) -> None:
    explained: set[str] = set()
    for cell in CELLS:
        heads = documented(render(**cell.answers, example=True))
        explained |= {head["rule"] for head in heads}
    assert instruments().keys() == explained - ADVICE
    assert {plant.rule for plant in all_plants()} <= explained


def test_conventions_are_short(project: Path) -> None:
    lines = (project / "CONVENTIONS.md").read_text("utf-8").splitlines()
    assert len(lines) <= 800


def test_the_package_is_the_same_for_every_project_and_knows_none() -> None:
    for file in PACKAGE.rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            text = file.read_text("utf-8")
            assert not re.search(r"{%|{{ \w+ }}", text), file
            assert not re.search("my_service|catalogue|corner_shop", text), file


def test_the_package_is_typed(tmp_path: Path) -> None:
    """As strictly as the rest; a project's own mypy leaves it out."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            f"--cache-dir={tmp_path}",
            "--explicit-package-bases",
            "conventions",
        ],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_table_of_rules_is_up_to_date() -> None:
    assert TABLE.read_text("utf-8") == table(), "run `make rules`"


def test_texts_are_checked_in_a_moment(render: Render) -> None:
    """It imports neither the project nor a library: it can run at each commit."""
    project = render(**CELLS[0].answers, example=True)
    code = (
        "import sys; from conventions.checks import found_in_texts; found_in_texts();"
        "print(*sorted(n.split('.')[0] for n in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"sqlalchemy", "alembic", "pytest", "my_service"} & set(
        done.stdout.split()
    )


def test_plants_say_what_finds_them() -> None:
    for plant in all_plants():
        if plant.rule == "X04" or plant.instrument in ("guard", "migrations"):
            continue  # waivers and texts are looked at there too
        held = instruments()[plant.rule]
        texts = {"source", "ruff"}
        names = texts if plant.instrument == "text" else {plant.instrument}
        assert names & held, plant
