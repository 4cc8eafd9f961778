"""What other type checkers than mypy find in projects: their owners may use any of them."""

import json
import shutil
from pathlib import Path

import pytest
from cells import CELLS, installed_answers
from conftest import Render
from rules.tools import tool


@pytest.fixture(scope="module")
def sources(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of all cells, side by side, so that libraries are looked at once."""
    folder = tmp_path_factory.mktemp("sources")
    for cell in CELLS:
        answers = {**cell.answers, **installed_answers(cell, example=True)}
        for name in ("src", "conventions"):  # which `src` imports
            shutil.copytree(render(**answers) / name, folder / str(cell) / name)
    config = {
        "include": [f"{cell}/src" for cell in CELLS],
        "executionEnvironments": [
            {"root": f"{cell}/src", "extraPaths": [str(cell)]} for cell in CELLS
        ],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    return folder


def test_pyright_finds_nothing(sources: Path, every_library: Path) -> None:
    python = f"--pythonpath={every_library / 'bin/python'}"
    report = json.loads(tool(sources, "pyright", python, "--outputjson"))
    assert report["summary"]["filesAnalyzed"] > 30 * len(CELLS)
    errors = [
        f"{error['file']}: {error['message']}"
        for error in report["generalDiagnostics"]
        if error["severity"] == "error"
    ]
    assert errors == []


@pytest.mark.parametrize("name", [str(cell) for cell in CELLS])
def test_ty_finds_nothing(name: str, sources: Path, every_library: Path) -> None:
    options = (f"--python={every_library}", "--output-format=concise")
    lines = tool(sources / name, "ty", "check", *options, "src").splitlines()
    errors = [line for line in lines if ": error[" in line]
    assert errors == []
