"""The few tests of the data layer that a project keeps find what would break for it."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT
from installed import Installed
from projects import Project

from contract.plants import PLANTS, POSTGRESQL, Broken

TESTS = ROOT / "template/tests/database"


def python(project: Project, test: str) -> list[str]:
    """Run the tests of the contract with a name; return what is printed."""
    named = ["test_requests.py"] if "commit_refuses" in test else ["test_contract.py"]
    path = "::".join([f"tests/database/{named[0]}", *filter(None, [test])])
    return project.find("pytest", "-qx", "-pno:cacheprovider", path)


@pytest.mark.parametrize("broken", PLANTS, ids=str)
def test_a_broken_promise_is_noticed(broken: Broken, installed: Installed) -> None:
    project = installed(broken.cell, example=False)
    file = project.path / "src/my_service" / broken.file
    sound = file.read_text("utf-8")
    assert sound.count(broken.old) == 1, broken
    file.write_text(sound.replace(broken.old, broken.new), "utf-8")
    try:
        printed = python(project, broken.test)
    finally:
        file.write_text(sound, "utf-8")
    assert " failed" in printed[-1], printed
    assert "passed" not in printed[-1] or "[" not in broken.test, printed
    assert not any("SyntaxError" in line or "NameError" in line for line in printed)


def test_each_promise_is_broken_once() -> None:
    tree = ast.parse(source(TESTS / "test_contract.py"))
    tests = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
    }
    broken = {plant.test.partition("[")[0] for plant in PLANTS}
    assert len(tests) > 20
    assert tests <= broken


def source(path: Path) -> str:
    """Return the Python of a file of the template, without what renders it."""
    lines = path.read_text("utf-8").splitlines()
    code = [line for line in lines if not line.lstrip().startswith("{%")]
    return "\n".join(code).replace("{{ package_name }}", "my_service")


def test_it_is_small_and_quick(installed: Installed) -> None:
    project = installed(POSTGRESQL, example=False)
    printed = project.find("pytest", "-q", "--collect-only", "tests/database")
    listed = [line for line in printed if "::" in line]
    assert 30 < len(listed) <= 41, "40 promises at most, and the commit of a request"
    lines = sum(len(source(path).splitlines()) for path in TESTS.glob("test_*.py"))
    assert lines <= 420
