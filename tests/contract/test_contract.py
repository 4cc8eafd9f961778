"""The few tests of the data layer that a project keeps find what would break for it."""

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cells import Cell
from conftest import ROOT
from installed import Installed
from projects import Project
from warm import Pytest

from contract.plants import MYSQL, PLANTS, POSTGRESQL, SQLITE, Broken

TESTS = ROOT / "template/tests/database"


@pytest.mark.cells(POSTGRESQL, MYSQL, SQLITE)
def test_a_broken_promise_is_noticed(
    cell: Cell, installed: Installed, warm: Callable[[Project], Pytest]
) -> None:
    project = installed(cell, example=False)
    run = warm(project)
    missed = []
    for plant in [plant for plant in PLANTS if plant.cell == cell]:
        with broken(project.path / "src/my_service" / plant.file, plant):
            code, said = run("-qx", "--tb=short", place(plant))
        if not fails(code, said):
            missed.append((plant, said))
    assert missed == []


@contextmanager
def broken(path: Path, plant: Broken) -> Iterator[None]:
    """Break a promise in the file that keeps it."""
    sound = path.read_text("utf-8")
    assert sound.count(plant.old) == 1, f"{plant.old!r} is not once in {path}"
    path.write_text(sound.replace(plant.old, plant.new), "utf-8")
    yield
    path.write_text(sound, "utf-8")


def fails(code: int, said: str) -> bool:
    """Whether a test failed, and not the way in which the promise was broken."""
    mistakes = ("SyntaxError", "IndentationError", "NameError")
    failed = code == 1 and "\n1 failed" in said
    return failed and not any(mistake in said for mistake in mistakes)


def place(plant: Broken) -> str:
    """Return the test of a promise, as pytest takes it."""
    module = "requests" if "commit_refuses" in plant.test else "contract"
    return f"tests/database/test_{module}.py::{plant.test}"


def test_each_promise_is_broken() -> None:
    tree = ast.parse(source(TESTS / "test_contract.py"))
    tests = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    assert len(tests) > 20
    assert tests <= {plant.test.partition("[")[0] for plant in PLANTS}


def source(path: Path) -> str:
    """Return the Python of a file of the template, without what renders it."""
    lines = path.read_text("utf-8").splitlines()
    code = [line for line in lines if not line.lstrip().startswith("{%")]
    return "\n".join(code).replace("{{ package_name }}", "my_service")


@pytest.mark.cells(POSTGRESQL)
def test_it_is_small(cell: Cell, installed: Installed) -> None:
    project = installed(cell, example=False)
    path = "tests/database/test_contract.py"
    printed = project.find("pytest", "-q", "--collect-only", path)
    listed = [line for line in printed if "::" in line]
    assert 30 < len(listed) <= 40
    assert len((project.path / path).read_text("utf-8").splitlines()) <= 400
