"""The bounds of a project leave room for those who wait before they take a release."""

import shutil
from pathlib import Path

import pytest
from cells import Cell
from conftest import Render
from projects import Project


@pytest.fixture
def waiting(cell: Cell, render: Render, tmp_path: Path) -> Project:
    """A project that takes releases of a month ago, and has installed nothing yet."""
    path = tmp_path / "project"
    shutil.copytree(render(**cell.answers, example=True), path)
    return Project(path, variables={"UV_EXCLUDE_NEWER": "30 days"})


def test_each_cell_can_wait_a_month(cell: Cell, waiting: Project) -> None:
    waiting.run("uv", "lock", "--quiet")
    lock = (waiting.path / "uv.lock").read_text("utf-8")
    assert 'exclude-newer-span = "P30D"' in lock


@pytest.mark.cells(Cell("sqlite", "fastapi", "async"))
def test_the_default_works_with_releases_of_a_month_ago(
    cell: Cell, waiting: Project
) -> None:
    waiting.install()
    waiting.run("uv", "run", "mypy")
    waiting.run("uv", "run", "pytest", "--quiet")
