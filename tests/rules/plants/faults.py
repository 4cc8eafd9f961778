"""Code that breaks a rule, in a file of its own."""

import re
from dataclasses import dataclass
from textwrap import dedent

from cells import Cell

from rules.plants import Plant

SOURCE = "src/my_service"
REVISIONS = "migrations/versions"


@dataclass(frozen=True)
class Fault(Plant):
    """Code that breaks a rule, written for async.

    `cells` is a pattern of those to plant it in.
    """

    code: str
    file: str
    cells: str = ""

    def place(self, number: int) -> str:
        """The file to plant it in: in a folder of its own, unless there can be only one."""
        folder, _, name = self.file.rpartition("/")
        alone = self.file not in ("migrations/env.py", ".env")
        return f"{folder}/planted_{number}/{name}" if alone else self.file

    def fits(self, cell: Cell) -> bool:
        """Whether the rule is one of the cell's."""
        return re.search(self.cells, str(cell)) is not None

    def written_for(self, cell: Cell) -> str:
        """The code, as somebody would write it in a project of the cell."""
        return self.code if self.rule == "A02" else in_terms_of(cell, self.code)


def in_terms_of(cell: Cell, code: str) -> str:
    """Code that was written for async, as it is written in a project of the cell."""
    code = re.sub("DATABASE(?!_)", cell.database, dedent(code))
    if cell.concurrency == "async":
        return code
    code = code.replace("sqlalchemy.ext.asyncio", "sqlalchemy.orm")
    return re.sub("async[ _]|await |Async", "", code)


def in_function(code: str) -> str:
    """The code as the body of a function."""
    return "async def work(session, sessions, keys):\n" + "".join(
        f"    {line}\n" for line in dedent(code).strip().splitlines()
    )
