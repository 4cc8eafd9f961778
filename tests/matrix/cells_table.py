"""The table of cells in docs/promises.md: which tests run in each; run as a program, it writes it (`make cells`)."""

import re
import subprocess
import sys
from pathlib import Path

from cells import CELLS, Cell

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/promises.md"
BEGINS, ENDS = "<!-- cells: written by `make cells` -->\n", "<!-- cells ends -->\n"
PROOFS = {
    "its CI": ["matrix/test_cells.py::test_it_passes_its_own_ci"],
    "updated": [
        "updates/test_updates.py::test_no_edit_is_lost",
        "updates/test_conversions.py::test_each_cell_becomes_each_other",
    ],
    "faults": ["faults"],
    "served": [
        "matrix/test_cells.py::test_it_keeps_its_promises_under_load",
        "serving/test_clients.py::test_schemathesis_finds_nothing",
    ],
    "migrated": ["matrix/test_cells.py::test_it_migrates_down_and_up"],
}


def collected() -> list[str]:
    """Return the ids of all tests that the table is about."""
    command = (sys.executable, "-m", "pytest", "-n0", "--collect-only", "-q")
    tests = [f"tests/{test}" for proof in PROOFS.values() for test in proof]
    return subprocess.check_output([*command, *tests], cwd=ROOT, text=True).splitlines()


def line(cell: Cell, tests: list[str]) -> str:
    marks = (
        "✓" if all(runs(one, cell, tests) for one in proof) else ""
        for proof in PROOFS.values()
    )
    return f"| `{cell}` | {' | '.join(marks)} |\n"


def runs(proof: str, cell: Cell, tests: list[str]) -> bool:
    """Return whether there is such a test for a cell."""
    wanted = re.compile(rf"tests/{proof}\b.*\[{cell}\b")
    return any(map(wanted.match, tests))


def page() -> str:
    """Return the page with the table as the tests are now."""
    before, begins, rest = PAGE.read_text("utf-8").partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    assert ends, f"{PAGE.name} has no place for the table"
    tests = collected()
    head = f"| cell | {' | '.join(PROOFS)} |\n{'|---' * (len(PROOFS) + 1)}|\n"
    lines = "".join(line(cell, tests) for cell in CELLS)
    return before + begins + head + lines + ends + after


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
