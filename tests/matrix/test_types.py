"""What other type checkers than mypy find in a project: its owner may use any of them."""

import json

import pytest
from cells import EACH_FRAMEWORK, Cell
from installed import Installed
from projects import Project
from rules.tools import tool


@pytest.fixture
def source(cell: Cell, installed: Installed) -> Project:
    """A project with the shop, and all that it imports."""
    return installed(cell, example=True)


@pytest.mark.cells(*EACH_FRAMEWORK)  # it takes its time, unlike ty
def test_pyright_finds_nothing(source: Project) -> None:
    python = f"--pythonpath={source.path / '.venv/bin/python'}"
    report = json.loads(tool(source.path, "pyright", python, "--outputjson", "src"))
    assert report["summary"]["filesAnalyzed"] > 30
    errors = [
        f"{error['file']}: {error['message']}"
        for error in report["generalDiagnostics"]
        if error["severity"] == "error"
    ]
    assert errors == []


def test_ty_finds_nothing(source: Project) -> None:
    options = ("--python=.venv", "--output-format=concise")
    lines = tool(source.path, "ty", "check", *options, "src").splitlines()
    errors = [line for line in lines if ": error[" in line]
    assert errors == []
