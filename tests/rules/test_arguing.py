"""Arguing with the rules: off, waived, in the baseline; what is found, in other formats."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as Xml
from pathlib import Path

import pytest
from cells import CELLS, Cell
from conftest import Render
from installed import Installed
from projects import Project

from rules.plants.faults import SOURCE
from rules.plants.guards import PLANTS as GUARDED
from rules.test_guards import planted, problems_in
from rules.test_plants import MODELS, TEXTS, plant
from rules.tools import SIX, check_conventions, in_lines, lines_of_texts, scan

ONE = pytest.mark.cells(*SIX[:1])
EACH_ALONE = """
import json, sys

from conventions.checks import in_imported, in_texts
from conventions.project import project
from conventions.waivers import not_waived

found = [*in_texts(), *in_imported()]
every = {one.rule for one in found} & project().rules.keys()
wrong = []
for rule in every:
    project().off.clear()
    project().off[rule] = "a test"
    left = {one.rule for one in not_waived(found)} & every
    if left != every - {rule}:
        wrong.append([rule, sorted(every - left)])
print(json.dumps({"found": sorted(every), "wrong": wrong}))
"""


def with_faults(cell: Cell, project: Project) -> None:
    """Plant everything that is found without running tests."""
    faults = [*TEXTS, *MODELS]
    plant(faults, cell, project.path)
    # Not all of them can be imported: main names those that can.
    subjects = project.path / SOURCE / "subjects.py"
    found = subjects.read_text("utf-8")
    shop = found.replace('glob("*/models.py")', 'glob("[co]*/models.py")')
    assert shop != found
    subjects.write_text(shop, "utf-8")
    with (project.path / SOURCE / "main.py").open("a", encoding="utf-8") as main:
        for number, fault in enumerate(faults):
            if fault in MODELS and fault.fits(cell):
                name, module = f"planted_{number}", Path(fault.file).stem
                if module in ("models", "routes"):
                    main.write(f"from .{name} import {module} as {name}\n")


def switch_off(project: Project, rules: set[str]) -> None:
    """Write into pyproject.toml that rules are off."""
    file = project.path / "pyproject.toml"
    text = file.read_text("utf-8")
    off = ", ".join(f'{rule} = "a test"' for rule in sorted(rules))
    changed = re.sub(r"(?m)^off = \{\}.*$", f"off = {{ {off} }}", text)
    assert changed != text
    file.write_text(changed, "utf-8")


@ONE
def test_each_rule_can_be_switched_off_alone(cell: Cell, copy: Project) -> None:
    with_faults(cell, copy)
    (line,) = copy.find("python", "-c", EACH_ALONE)
    result = json.loads(line)
    assert len(result["found"]) > 75
    assert result["wrong"] == []


@ONE
def test_rules_that_are_off_are_silent_everywhere(cell: Cell, copy: Project) -> None:
    with_faults(cell, copy)
    found = {rule for rule, _ in in_lines(check_conventions(copy))}
    switch_off(copy, found - {"M14"})
    assert in_lines(lines_of_texts(copy.path)) == set()
    lines = check_conventions(copy)
    assert {rule for rule, _ in in_lines(lines)} == {"M14"}
    listed = copy.run("uv", "run", "pytest", "--conventions")
    assert listed.count("     off: a test") == len(found) - 1


@ONE
def test_guards_that_are_off_are_silent(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    project = installed(cell, example=True, exhaustive=True)
    rules = {plant.rule for plant in GUARDED}
    with planted(project, cell):
        switch_off(project, rules)
        run = f"uv run pytest -p no:cacheprovider --junit-xml={tmp_path}/all tests/guarded"
        project.run("bash", "-c", run)
        project.run("git", "checkout", "--quiet", "pyproject.toml")
        switch_off(project, rules - {"Q06"})
        problems = problems_in(project, tmp_path / "but_one")
        project.run("git", "checkout", "--quiet", "pyproject.toml")
    assert not list(Xml.parse(tmp_path / "all").getroot().iter("error"))
    assert {problem[:3] for problem in problems} == {"Q06"}


@ONE
@pytest.mark.parametrize("off", ['{ M14 = "" }', '{ Z99 = "it does not exist" }'])
def test_what_is_off_has_a_reason_and_exists(
    cell: Cell, copy: Project, off: str
) -> None:
    file = copy.path / "pyproject.toml"
    text = file.read_text("utf-8")
    file.write_text(re.sub(r"(?m)^off = \{\}", f"off = {off}", text), "utf-8")
    done = subprocess.run(
        [copy.path / ".venv/bin/pytest", "conventions"],
        cwd=copy.path,
        env=copy.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert re.search("why is M14 off|there is no rule Z99", done.stderr)
    assert "Traceback" not in done.stderr


COMMITS = "from sqlalchemy.ext.asyncio import AsyncSession\n" + "".join(
    f"\n\nasync def work_{number}(session: AsyncSession) -> None:\n    await session.commit()\n"
    for number in range(200)
)
ONE_MORE = "\n\nasync def one_more(session: AsyncSession) -> None:\n    await session.commit()\n"


@ONE
def test_the_baseline_takes_old_code_and_only_shrinks(
    cell: Cell, copy: Project
) -> None:
    old = copy.path / SOURCE / "old.py"
    old.write_text(COMMITS, "utf-8")
    copy.run(
        ".venv/bin/pytest", "-q", "conventions", "--conventions-baseline", "-k", "S05"
    )
    baseline = copy.path / ".conventions-baseline"
    assert len(baseline.read_text("utf-8").splitlines()) == 200
    assert scan(copy.path) == set()
    copy.run(".venv/bin/pytest", "-q", "conventions", "-k", "S05 or baseline")

    old.write_text(COMMITS + ONE_MORE, "utf-8")
    (line,) = lines_of_texts(copy.path)
    assert line.startswith(f"S05 {SOURCE}/old.py:")
    printed = check_conventions(copy, "-k", "S05 or baseline")
    assert printed[-1].startswith("1 failed, 1 passed")
    # Writing it again takes nothing new.
    copy.find("pytest", "-q", "conventions", "--conventions-baseline", "-k", "S05")
    assert len(baseline.read_text("utf-8").splitlines()) == 200

    old.write_text(COMMITS.replace("commit()", "flush()", 1), "utf-8")
    printed = check_conventions(copy, "-k", "S05 or baseline")
    assert any("shorten it: pytest --conventions-baseline" in line for line in printed)
    copy.run(
        ".venv/bin/pytest", "-q", "conventions", "--conventions-baseline", "-k", "S05"
    )
    assert len(baseline.read_text("utf-8").splitlines()) == 199
    copy.run(".venv/bin/pytest", "-q", "conventions", "-k", "S05 or baseline")


@ONE
def test_a_module_can_be_waived_and_findings_have_other_formats(
    cell: Cell, copy: Project
) -> None:
    old = copy.path / SOURCE / "old.py"
    old.write_text(COMMITS + "\n\n# waive-module: S05 (it is old)\n", "utf-8")
    assert scan(copy.path) == set()
    old.write_text(COMMITS, "utf-8")
    (copy.path / SOURCE / "other.py").write_text("# waive-module: S05\n", "utf-8")
    assert ("X04", f"{SOURCE}/other.py") in scan(copy.path)
    printed = copy.find("python", "-m", "conventions", "--format=github")
    first = f"::error file={SOURCE}/old.py,line=5,title=S05::session.commit(); commit only at the edge"
    assert printed[0].startswith(first)
    sarif = json.loads(
        "\n".join(copy.find("python", "-m", "conventions", "--format=sarif"))
    )
    results = sarif["runs"][0]["results"]
    assert len(results) == 201
    location = results[0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == f"{SOURCE}/old.py"
    copy.find("pytest", "-q", "conventions::S05", "--conventions-format=sarif")
    assert (
        len(json.loads((copy.path / "conventions.sarif").read_text("utf-8"))["runs"])
        == 1
    )


@ONE
def test_one_rule_is_run_or_left_out(cell: Cell, copy: Project) -> None:
    (copy.path / SOURCE / "old.py").write_text(COMMITS, "utf-8")
    assert check_conventions(copy, "-k", "M14")[-1].startswith("1 passed")
    assert copy.find("pytest", "-q", "conventions::S05")[-1].startswith("1 failed")
    left = ("--deselect", "conventions::S05", "-k", "S05 or S07")
    assert check_conventions(copy, *left)[-1].startswith("1 passed")


@ONE
def test_it_is_taken_out_by_one_line(cell: Cell, copy: Project) -> None:
    file = copy.path / "pyproject.toml"
    text = file.read_text("utf-8")
    file.write_text(
        re.sub(r'(?m)^    "-p", "conventions\.plugin".*\n', "", text), "utf-8"
    )
    (copy.path / SOURCE / "old.py").write_text(COMMITS, "utf-8")
    printed = copy.run(".venv/bin/pytest", "-q", "--collect-only")
    assert "conventions" not in printed


def test_a_module_with_a_mistake_in_its_syntax_is_left_to_python(
    render: Render, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    shutil.copytree(render(**CELLS[0].answers, example=True), project)
    (project / SOURCE / "broken.py").write_text("def (:  # waive: M10 (no)\n", "utf-8")
    (project / SOURCE / "old.py").write_text(COMMITS, "utf-8")
    lines = lines_of_texts(project)
    assert len(lines) == 200
