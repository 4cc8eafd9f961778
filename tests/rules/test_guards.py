"""Guards find what is planted in a project, at its line, and nothing in good code."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cells import Cell
from faults.inside import written_for
from installed import Installed
from projects import Project

from rules.plants.guards import GUARDED, PLACES, PLANTS, TESTS
from rules.tools import SIX

FINDING = re.compile(r"([A-Z]\d\d) (\S+:\d+): [^;]+; .+ \(see CONVENTIONS\.md#\1\)")


@pytest.mark.cells(*SIX)
def test_guards_find_what_is_planted_and_nothing_else(
    cell: Cell, installed: Installed, tmp_path: Path
) -> None:
    project = installed(cell, example=True, exhaustive=True)
    with planted(project, cell):
        problems = problems_in(project, tmp_path / "report.xml")
    findings = [FINDING.fullmatch(problem) for problem in problems]
    assert all(findings), "\n".join(problems)
    expected = {(plant.rule, plant.place) for plant in PLANTS}
    assert {(found[1], found[2]) for found in findings if found} == expected


@contextmanager
def planted(project: Project, cell: Cell) -> Iterator[None]:
    """Write guarded/ into a project, in its style, and remove it at the end."""
    (project.path / TESTS).mkdir()
    try:
        for module, place in PLACES.items():
            source = (GUARDED / module).read_text("utf-8")
            code = written_for(source, is_async=cell.concurrency == "async")
            (project.path / place).write_text(code, "utf-8")
        (project.path / TESTS / "__init__.py").touch()
        yield
    finally:
        project.run("git", "clean", "--force", "-d", "-x", "--quiet", "src", TESTS)


def problems_in(project: Project, report: Path) -> list[str]:
    """Run what was planted; return the lines that tell why tests fail."""
    run = f"uv run pytest -p no:cacheprovider --junit-xml={report} {TESTS}"
    project.run("bash", "-c", f"{run}; test $? = 1")
    problems = ElementTree.parse(report).getroot().iter("error")
    return [line for problem in problems for line in (problem.text or "").splitlines()]
