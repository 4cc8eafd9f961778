"""Fixtures for all tests, and the report on the cells."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier
import pytest
from cells import CELLS

pytest_plugins = [
    "histories",
    "quick_copier",
    "servers",
    "cell_report",
    "installed",
    "servers_private",
    "faults_service",
    "http_services",
]

ROOT = Path(__file__).parents[1]
Render = Callable[..., Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cell",
        choices=[str(cell) for cell in CELLS],
        help="run only the tests of this cell",
    )


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep only the tests of the cell that was asked for."""
    chosen = config.getoption("cell")
    if chosen is None:
        return
    kept = [item for item in items if item.get_closest_marker("cell") is not None]
    kept = [item for item in kept if f"[{chosen}" in item.name]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a `cell` once in each, or in each that its mark names."""
    if "cell" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("cells")
        cells = mark.args if mark else CELLS
        parameters = [pytest.param(cell, marks=pytest.mark.cell) for cell in cells]
        metafunc.parametrize("cell", parameters, ids=str, scope="session")


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is on disk, outside any git repository."""
    snapshot = tmp_path_factory.mktemp("snapshot")
    shutil.copy(ROOT / "copier.yml", snapshot)
    for folder in ("hooks", "template"):
        shutil.copytree(
            ROOT / folder,
            snapshot / folder,
            ignore=shutil.ignore_patterns("__pycache__", ".*_cache"),
        )
    return snapshot


@pytest.fixture(scope="session")
def render(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Render:
    """`render(database="mysql")` gives the project for these answers, rendered once.

    It is shared: a test that changes files copies it first.
    """
    rendered: dict[frozenset[tuple[str, Any]], Path] = {}

    def render(**answers: Any) -> Path:
        key = frozenset(answers.items())
        if key not in rendered:
            project = tmp_path_factory.mktemp("rendered")
            copier.run_copy(
                str(snapshot),
                project,
                data=answers,
                defaults=True,
                overwrite=True,
                unsafe=False,
                quiet=True,
                settings=copier.Settings(),
            )
            rendered[key] = project
        return rendered[key]

    return render
