"""Changing one's mind: each cell becomes each other by `copier update --data`."""

from pathlib import Path
from typing import Any

import pytest
from cells import CELLS, Cell
from conftest import Render

from updates.histories import commit, copy, files, undo, update

DEFAULTS: dict[str, Any] = {
    "example": True,
    "ci": "github",
    "project_name": "My Service",
    "description": "",
    "license": "none",
    "extras": (),
}
OTHERS: list[dict[str, Any]] = [
    {"example": False},
    {"ci": "gitlab"},
    {"license": "MIT", "extras": ("devcontainer", "doctor")},
    {"ci": "none", "project_name": "Shop", "description": "It sells."},
]


@pytest.mark.parametrize("origin", CELLS, ids=str)
def test_each_cell_becomes_each_other(
    history: Path, render: Render, tmp_path: Path, origin: Cell
) -> None:
    """An unedited project is then as if made with the new answers, byte by byte."""
    project = copy(history, tmp_path / "project", version="v1.0.0", **origin.answers)
    for cell in CELLS:
        if cell != origin:
            update(project, version="v1.0.0", **cell.answers)
            assert files(project) == files(render(**cell.answers)), cell
            undo(project)


@pytest.mark.parametrize("answers", OTHERS, ids=str)
def test_every_answer_can_change_and_change_back(
    history: Path, render: Render, tmp_path: Path, answers: dict[str, Any]
) -> None:
    before = {name: DEFAULTS[name] for name in answers}
    kept = {"package_name": "my_service"}
    project = copy(history, tmp_path / "project", version="v1.0.0")
    start = files(project)
    update(project, version="v1.0.0", **answers)
    assert files(project) == files(render(**answers, **kept))
    commit(project)
    update(project, version="v1.0.0", **before)
    assert files(project) == start
