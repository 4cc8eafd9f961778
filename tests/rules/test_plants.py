"""Each fault that is planted in a rendered project is found, by the id of its rule."""

import json
import re
import shutil
from pathlib import Path

import pytest
from cells import Cell
from conftest import Render
from projects import Project

from rules.plants import ast_grep, edited, models, mypy, raising, ruff
from rules.plants.faults import SOURCE, Fault
from rules.tools import (
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


def plant(faults: list[Fault], cell: Cell, project: Path) -> Findings:
    """Write faults into a project; return what has to be found in it."""
    expected: Findings = set()
    for number, fault in enumerate(faults):
        if fault.fits(cell):
            file = project / fault.place(number)
            file.parent.mkdir(exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(fault.written_for(cell), "utf-8")
            expected.add((fault.instrument, fault.check, fault.place(number)))
    return expected


def test_text_that_breaks_a_rule_is_found(
    cell: Cell, render: Render, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(**cell.answers, example=True), project)
    expected = plant(TEXTS, cell, project)
    assert expected - (scan(project) | lint(project)) == set()


@pytest.mark.cells(*SIX)
def test_models_and_types_that_break_a_rule_are_found(
    cell: Cell, copy: Project
) -> None:
    expected = plant(MODULES, cell, copy.path)
    with (copy.path / SOURCE / "main.py").open("a", encoding="utf-8") as main:
        for number, fault in enumerate(MODULES):
            module = fault.place(number).endswith("/models.py")
            if fault in models.PLANTS and module and fault.fits(cell):
                main.write(
                    f"from .planted_{number} import models as planted_{number}\n"
                )
    found = check_conventions(copy)
    if str(cell) in TYPED:
        found |= check_types(copy)
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
def test_code_that_breaks_a_rule_is_refused(cell: Cell, copy: Project) -> None:
    faults = [fault for fault in raising.PLANTS if fault.fits(cell)]
    codes = json.dumps([fault.written_for(cell) for fault in faults])
    (line,) = copy.find("python", "-W", "ignore", "-c", RUN_EACH, given=codes)
    for fault, said in zip(faults, json.loads(line), strict=True):
        assert re.search(fault.message, said), (fault, said)


@pytest.mark.cells(*SIX[:2])
def test_a_change_that_breaks_a_rule_fails_a_test(cell: Cell, copy: Project) -> None:
    for change in filter(lambda change: change.fits(cell), edited.PLANTS):
        file = copy.path / SOURCE / change.file
        sound = file.read_text("utf-8")
        assert sound.count(change.old) == 1, change
        file.write_text(sound.replace(change.old, change.new), "utf-8")
        assert " failed" in copy.find("pytest", "-qx", change.test)[-1], change
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
def test_rules_and_waivers_are_listed(cell: Cell, copy: Project) -> None:
    (copy.path / SOURCE / "waived.py").write_text(WAIVED, "utf-8")
    (copy.path / "tests/test_waived.py").write_text(WAIVED_IN_A_TEST, "utf-8")
    text = copy.run("uv", "run", "pytest", "--conventions")
    assert "M10  Every foreign key is indexed.\n     Checked by " in text
    for waiver in (
        f"TID251 waived at {SOURCE}/waived.py:2: a report (noqa)",
        f"waived at {SOURCE}/waived.py:5: a constant (ast-grep-ignore)",
        f"assignment waived at {SOURCE}/waived.py:6: a library without types (type: ignore)",
        f"waived at {SOURCE}/waived.py:8: nobody asks (waive)",
        "waived at tests/test_waived.py:4: it counts them (pytest)",
    ):
        assert waiver in text, text
