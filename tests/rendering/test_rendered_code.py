"""The code that users read: clean for every name, in small modules and functions."""

import ast
import re
import subprocess
import sysconfig
from fnmatch import fnmatch
from pathlib import Path

import pytest
from cells import CELLS, EXTRAS, Cell
from conftest import Render

RUFF = Path(sysconfig.get_path("scripts"), "ruff")
LONGEST = {
    "project_name": "W" * 60,
    "package_name": "w" * 40,
    "description": "It does one thing. " * 10,
}
SHORTEST = {"project_name": "a", "package_name": "a"}
TITLES = ["Kırtasiye Dükkanı", "Роса", "Ο Κόσμος", "Hawaiʻi"]  # noqa: RUF001
MOST_SCARS = 15
# What the server calls is async in both styles: FastAPI's own parts, and health, which
# waits for no thread; Flask's bridge to the server. The other URL of copy-data may be.
ASYNC_IN_BOTH = [
    "conventions/*",
    "src/*/access_log.py",
    "src/*/sessions.py",
    "src/*/turns.py",
    "src/*/web.py",
    "src/*/middleware.py",
    "src/my_service/routes.py",
    "src/*/serving.py",
    "src/*/threads.py",
    "src/*/copy_data.py",
    "tests/exhaustive/test_access_log.py",
    "tests/exhaustive/test_middleware.py",
]
# A call may hold calls; "(name).rank" and "(client.get(path)).json" are left of `await`.
CALL = r"\((?:[^()\n]|\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\))*\)"
LEFT_OVER = re.compile(rf"(?<![\w\])])\((?:[\w.]|{CALL})+\)\.\w+")


@pytest.mark.parametrize("name", [LONGEST, SHORTEST], ids=["longest", "shortest"])
@pytest.mark.parametrize("example", [True, False], ids=["shop", "bare"])
@pytest.mark.parametrize("plain_cell", CELLS, ids=str)
def test_it_is_clean_whatever_it_is_called(
    render: Render, plain_cell: Cell, example: bool, name: dict[str, str]
) -> None:
    answers = {"example": example, "extras": EXTRAS if example else ()}
    project = render(**plain_cell.answers, **name, **answers, exhaustive=True)
    for command in (["format", "--diff"], ["check"]):
        ruff = [str(RUFF), *command, "--no-cache", "."]
        result = subprocess.run(
            ruff, cwd=project, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("plain_cell", CELLS, ids=str)
def test_lines_are_broken_as_by_hand(render: Render, plain_cell: Cell) -> None:
    """What is broken for a longer name or for the other style shows as a scar."""
    project = render(**plain_cell.answers)
    options = (
        "--diff",
        "--no-cache",
        "--config",
        "format.skip-magic-trailing-comma=true",
    )
    command = [str(RUFF), "format", *options, "."]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stderr
    scars = re.findall(r"^@@ .+$", done.stdout, re.MULTILINE)
    assert len(scars) <= MOST_SCARS, done.stdout


@pytest.mark.parametrize("title", TITLES)
def test_it_is_clean_in_every_language(render: Render, title: str) -> None:
    project = render(project_name=title, description=f"{title}, for all")
    ruff = [str(RUFF), "check", "--no-cache", "."]
    result = subprocess.run(
        ruff, cwd=project, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("plain_cell", CELLS, ids=str)
def test_modules_and_functions_are_small(render: Render, plain_cell: Cell) -> None:
    for module in render(**plain_cell.answers).glob("src/**/*.py"):
        source = module.read_text("utf-8")
        assert len(source.splitlines()) <= 300, module
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.body[0].lineno + 1
                assert lines <= 25, f"{module}: {node.name}"


@pytest.mark.parametrize(
    "plain_cell", [cell for cell in CELLS if cell.concurrency == "sync"], ids=str
)
def test_sync_code_has_no_trace_of_async(render: Render, plain_cell: Cell) -> None:
    project = render(**plain_cell.answers, exhaustive=True)
    for module in project.rglob("*.py"):
        path = module.relative_to(project).as_posix()
        if any(fnmatch(path, pattern) for pattern in ASYNC_IN_BOTH):
            continue
        for word in ("async", "await", "Awaitable"):
            assert word not in module.read_text("utf-8"), module


@pytest.mark.parametrize("plain_cell", CELLS, ids=str)
def test_no_parentheses_are_left_over(render: Render, plain_cell: Cell) -> None:
    project = render(**plain_cell.answers, exhaustive=True)
    for file in [*project.rglob("*.py"), *project.glob("*.md")]:
        if "conventions" in file.parts:
            continue  # no variant of it is made
        found = LEFT_OVER.search(file.read_text("utf-8"))
        assert not found, f"{file}: {found and found[0]}"
