"""Good code of an unusual kind, in good/: no check has anything to say about it."""

import re
from pathlib import Path

import pytest
from cells import Cell
from projects import Project

from rules.plants.faults import SOURCE, in_terms_of
from rules.tools import SIX, TYPED, check_conventions, in_lines, lint, scan

GOOD = sorted((Path(__file__).parent / "good").glob("*/*.py"))
WAIVER = re.compile(r"# (waive|noqa)")
WITHOUT_WAIVERS = [
    piece for piece in GOOD if not WAIVER.search(piece.read_text("utf-8"))
]


@pytest.mark.cells(*SIX)
def test_good_code_raises_no_alarm(cell: Cell, copy: Project) -> None:
    package = copy.path / SOURCE
    pieces = [one for one in GOOD if one.parent.name != "routes"]
    for piece in GOOD if cell.web == "fastapi" else pieces:
        of_tests = piece.parent.name == "tests"
        folder = (copy.path / "tests" if of_tests else package) / "good" / piece.stem
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        code = in_terms_of(cell, piece.read_text("utf-8"))
        (folder / f"{piece.parent.name}.py").write_text(code, "utf-8")
        if (kind := piece.parent.name) in ("models", "routes"):
            with (package / "main.py").open("a", encoding="utf-8") as main:
                main.write(f"from .good.{piece.stem} import {kind} as {piece.stem}\n")
    found = scan(copy.path) | lint(copy.path)
    assert {one for one in found if "main.py" not in one[1]} == set()
    assert in_lines(check_conventions(copy)) == set()
    if str(cell) in TYPED:
        copy.run(".venv/bin/mypy")


def test_there_is_enough_of_it_without_any_waiver() -> None:
    assert len(WITHOUT_WAIVERS) >= 100
