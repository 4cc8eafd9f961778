"""Good code of an unusual kind, in good/: no check has anything to say about it."""

from pathlib import Path

import pytest
from cells import Cell
from projects import Project

from rules.plants.faults import SOURCE, in_terms_of
from rules.tools import SIX, TYPED, lint, scan

GOOD = sorted((Path(__file__).parent / "good").glob("*/*.py"))


@pytest.mark.cells(*SIX)
def test_good_code_raises_no_alarm(cell: Cell, copy: Project) -> None:
    package = copy.path / SOURCE
    for piece in GOOD:
        folder = package / "good" / piece.stem
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        code = in_terms_of(cell, piece.read_text("utf-8"))
        (folder / f"{piece.parent.name}.py").write_text(code, "utf-8")
        if piece.parent.name == "models":
            with (package / "main.py").open("a", encoding="utf-8") as main:
                main.write(f"from .good.{piece.stem} import models as {piece.stem}\n")
    found = scan(copy.path) | lint(copy.path)
    assert {one for one in found if "main.py" not in one[2]} == set()
    tests = ("tests/conventions/test_models.py", "tests/conventions/test_layers.py")
    copy.run(".venv/bin/pytest", "-q", *tests)
    if str(cell) in TYPED:
        copy.run(".venv/bin/mypy")


def test_there_is_enough_of_it() -> None:
    assert len(GOOD) >= 40
