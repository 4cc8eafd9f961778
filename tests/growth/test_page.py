"""docs/growth.md agrees with what was measured, and its tests exist."""

import re
import sys

from conftest import ROOT

PAGE = ROOT / "docs/growth.md"


def test_its_tables_follow_from_the_figures() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import arithmetic
    finally:
        sys.path.pop(0)
    assert arithmetic.page() == PAGE.read_text("utf-8"), "run `make growth`"


def test_the_tests_that_it_names_exist() -> None:
    named = re.findall(r"\(\.\./(tests/[\w/.]+)\)", PAGE.read_text("utf-8"))
    assert len(named) > 4
    assert [test for test in named if not (ROOT / test).exists()] == []
