"""Each fault that is planted in a rendered project is found, by the id of its rule."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cells import Cell
from conftest import Render
from plants import ast_grep, edited, models, mypy, raising, ruff
from plants.faults import SOURCE, Fault
from projects import Project
from tools import (
    SIX,
    TYPED,
    Findings,
    check_conventions,
    check_types,
    lint,
    scan,
)

TEXTS = [*ast_grep.PLANTS, *ruff.PLANTS]
MODULES = [*models.PLANTS, *mypy.PLANTS]

Planted = Callable[[Cell, list[Fault]], tuple[Project, Findings]]


@pytest.fixture
def planted(render: Render, tmp_path: Path) -> Planted:
    """A cell's project with faults, and what has to be found in it."""

    def planted(cell: Cell, faults: list[Fault]) -> tuple[Project, Findings]:
        project = Project(tmp_path / "project")
        shutil.copytree(render(**cell.answers, example=True), project.path)
        expected: Findings = set()
        for number, fault in enumerate(faults):
            if fault.fits(cell):
                file = project.path / fault.place(number)
                file.parent.mkdir(exist_ok=True)
                (file.parent / "__init__.py").touch()
                file.write_text(fault.written_for(cell), "utf-8")
                expected.add((fault.instrument, fault.check, fault.place(number)))
        return project, expected

    return planted


def test_text_that_breaks_a_rule_is_found(cell: Cell, planted: Planted) -> None:
    project, expected = planted(cell, TEXTS)
    assert expected - (scan(project.path) | lint(project.path)) == set()


@pytest.mark.cells(*SIX)
def test_models_and_types_that_break_a_rule_are_found(
    cell: Cell, planted: Planted
) -> None:
    project, expected = planted(cell, MODULES)
    with (project.path / SOURCE / "main.py").open("a", encoding="utf-8") as main:
        for number, fault in enumerate(MODULES):
            if fault in models.PLANTS and fault.place(number).endswith("/models.py"):
                main.write(
                    f"from .planted_{number} import models as planted_{number}\n"
                )
    project.run("uv", "sync", "--quiet")
    found = check_conventions(project)
    if str(cell) in TYPED:
        found |= check_types(project)
    else:
        expected = {one for one in expected if one[0] != "mypy"}
    assert expected - found == set()


RUN_EACH = """
import json, sys, warnings

said = []
for code in json.load(sys.stdin):
    try:
        exec(compile(code, "planted", "exec"), {"__name__": "planted"})
    except Exception as error:
        said.append(f"{type(error).__name__}: {error}")
    else:
        said.append("")
print(json.dumps(said))
"""


@pytest.mark.cells(*SIX)
def test_code_that_breaks_a_rule_is_refused(cell: Cell, planted: Planted) -> None:
    project, _ = planted(cell, [])
    project.run("uv", "sync", "--quiet")
    plants = [plant for plant in raising.PLANTS if plant.fits(cell)]
    codes = json.dumps([plant.written_for(cell) for plant in plants])
    (line,) = project.find("python", "-W", "ignore", "-c", RUN_EACH, given=codes)
    for plant, said in zip(plants, json.loads(line), strict=True):
        assert re.search(plant.message, said), (plant, said)


@pytest.mark.cells(*SIX[:2])
def test_a_change_that_breaks_a_rule_fails_a_test(cell: Cell, planted: Planted) -> None:
    project, _ = planted(cell, [])
    project.run("uv", "sync", "--quiet")
    for plant in edited.PLANTS:
        file = project.path / SOURCE / plant.file
        sound = file.read_text("utf-8")
        assert sound.count(plant.old) == 1, plant
        file.write_text(sound.replace(plant.old, plant.new), "utf-8")
        assert " failed" in project.find("pytest", "-q", plant.test)[-1], plant
        file.write_text(sound, "utf-8")


WAIVED = """
from sqlalchemy import text  # noqa: TID251 (a report)

# ast-grep-ignore: Q10-sql-is-a-literal (a constant)
REPORT = text(str(1))
size: int = "1"  # type: ignore[assignment]  # a library without types
# waive: M10 (nobody asks)
name = "a"
"""
WAIVED_IN_A_TEST = """
import pytest

@pytest.mark.waive("Q06", "it counts them")
def test_it() -> None: ...
"""


@pytest.mark.cells(*SIX[:1])
def test_rules_and_waivers_are_listed(cell: Cell, planted: Planted) -> None:
    project, _ = planted(cell, [])
    (project.path / SOURCE / "waived.py").write_text(WAIVED, "utf-8")
    (project.path / "tests/test_waived.py").write_text(WAIVED_IN_A_TEST, "utf-8")
    text = project.run("uv", "run", "pytest", "--conventions")
    assert "M10  Every foreign key is indexed.\n     Checked by " in text
    for waiver in (
        f"TID251 waived at {SOURCE}/waived.py:2: a report (noqa)",
        f"waived at {SOURCE}/waived.py:5: a constant (ast-grep-ignore)",
        f"assignment waived at {SOURCE}/waived.py:6: a library without types (type: ignore)",
        f"waived at {SOURCE}/waived.py:8: nobody asks (waive)",
        "waived at tests/test_waived.py:4: it counts them (pytest)",
    ):
        assert waiver in text, text
