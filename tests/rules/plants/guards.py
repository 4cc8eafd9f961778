"""What guards find: the lines of guarded/ that say which rules they break."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules.plants import Plant

GUARDED = Path(__file__).parents[1] / "guarded"
TESTS = "tests/guarded"
# Where each module is planted.
PLACES = {
    "breaking.py": "src/my_service/breaking.py",
    "good.py": "src/my_service/good.py",
    "fixtures.py": f"{TESTS}/conftest.py",
    "of_breaking.py": f"{TESTS}/test_breaking.py",
    "of_good.py": f"{TESTS}/test_good.py",
    "of_leaking.py": f"{TESTS}/test_leaking.py",
}


@dataclass(frozen=True)
class Line(Plant):
    """A line of a project that breaks a rule."""

    place: str


def lines() -> Iterator[Line]:
    """Find the lines that are to be found."""
    for module, place in PLACES.items():
        source = (GUARDED / module).read_text("utf-8")
        for number, line in enumerate(source.splitlines(), 1):
            if marked := re.search(r"# breaks (.+)", line):
                for rule in marked[1].split():
                    yield Line(rule, "guard", f"{place}:{number}")


PLANTS = list(lines())
GOOD = re.findall(r"def (\w+)\(", (GUARDED / "good.py").read_text("utf-8"))
