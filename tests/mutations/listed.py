"""The mutations, as they are listed in mutations.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from cells import CELLS, Cell

LIST = Path(__file__).with_name("mutations.toml")
NAMED = {str(cell): cell for cell in CELLS}


@dataclass(frozen=True)
class Mutation:
    """A fault in one line, of a rendered project or, without a cell, of this repository."""

    cell: Cell | None
    file: str
    old: str
    new: str
    tests: str

    def __str__(self) -> str:
        return f"{self.file}: {self.new.strip() or f'no {self.old.strip()}'}"


def read(
    file: str, old: str, new: str, tests: str, cell: str = "postgresql-fastapi-async"
) -> Mutation:
    found = None if cell == "template" else NAMED[cell]
    return Mutation(found, file, old, new, tests)


MUTATIONS = [read(**one) for one in tomllib.loads(LIST.read_text("utf-8"))["mutations"]]
