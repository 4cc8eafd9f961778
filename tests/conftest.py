"""Fixtures for all tests, and the report on the cells."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import copier
import pytest
from cells import CELLS
from packages import use_own_cache

pytest_plugins = [
    # Each before those that import it: pytest rewrites the assertions of what it loads.
    "cell_report",
    "servers.shared",
    "servers.private",
    "servers.galera",
    "installed",
    "warm",
    "serving.services",
    "faults.stage",
    "updates.histories",
    "updates.quick_copier",
]

# Hundreds of commands of projects are run: each module is compiled once, not by each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
use_own_cache()

ROOT = Path(__file__).parents[1]
# Tests of the data layer and of HTTP that a project does not keep: its owner changes
# neither. They are laid over the template's, and so rendered, checked and run as those are.
EXHAUSTIVE = ROOT / "tests/exhaustive"
Render = Callable[..., Path]

collect_ignore = [EXHAUSTIVE.name]


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
def exhaustive(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with the exhaustive tests laid over those that a project keeps."""
    template = tmp_path_factory.mktemp("exhaustive") / "template"
    shutil.copytree(snapshot, template)
    shutil.copytree(EXHAUSTIVE, template / "template/tests" / EXHAUSTIVE.name)
    return template


@pytest.fixture(scope="session")
def render(
    request: pytest.FixtureRequest,
    quick_rendering: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Render:
    """`render(database="mysql")` gives the project for these answers, rendered once.

    It is shared: a test that changes files copies it first. With `exhaustive` it has all
    the tests that there are.
    """
    rendered: dict[frozenset[tuple[str, Any]], Path] = {}

    def render(*, exhaustive: bool = False, **answers: Any) -> Path:
        key = frozenset([*answers.items(), ("exhaustive", exhaustive)])
        if key not in rendered:
            project = tmp_path_factory.mktemp("rendered")
            source = "exhaustive" if exhaustive else "snapshot"
            copier.run_copy(
                str(request.getfixturevalue(source)),
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
