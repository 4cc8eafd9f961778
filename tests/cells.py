"""The cells: every combination of database, web framework and concurrency there is."""

from dataclasses import dataclass
from itertools import product
from typing import Any

DATABASES = ("sqlite", "postgresql", "mysql")
STYLES = (
    ("fastapi", "async"),
    ("fastapi", "sync"),
    ("flask", "sync"),
    ("none", "async"),
    ("none", "sync"),
)


@dataclass(frozen=True)
class Cell:
    """One combination of answers."""

    database: str
    web: str
    concurrency: str

    def __str__(self) -> str:
        return f"{self.database}-{self.web}-{self.concurrency}"

    @property
    def answers(self) -> dict[str, Any]:
        """What Copier is told."""
        return {
            "database": self.database,
            "web": self.web,
            "concurrency": self.concurrency,
        }

    @property
    def served(self) -> bool:
        """Whether the project has an HTTP API."""
        return self.web != "none"


# Those of the question `extras`.
EXTRAS = (
    "copy-data",
    "comments",
    "doctor",
    "metrics",
    "traces",
    "squash",
    "rehearse",
    "archive",
    "devcontainer",
    "kubernetes",
    "replicas",
    "schema-diagram",
)
CELLS = [Cell(database, *style) for database, style in product(DATABASES, STYLES)]
SERVED = [cell for cell in CELLS if cell.served]
# For what is the same with every framework: each database, and each driver of it.
EACH_DRIVER = [cell for cell in CELLS if not cell.served]
# For what is the same in both styles: each database, with each framework and without.
EACH_FRAMEWORK = [
    cell
    for cell in CELLS
    if (cell.web, cell.concurrency)
    in {("fastapi", "async"), ("flask", "sync"), ("none", "sync")}
]


def installed_answers(cell: Cell, *, example: bool) -> dict[str, Any]:
    """The other answers with which a cell is installed and run, with the shop and without.

    What is checked by one CI file with the shop is checked by the other without, and in
    sync cells the other way round. The shop has all extras; without it they are in some
    cells. So each pair of answers is run somewhere.
    """
    is_async = cell.concurrency == "async"
    bare_with_extras = cell.web == "fastapi" and not is_async
    return {
        "example": example,
        "ci": "github" if example == is_async else "gitlab",
        "extras": EXTRAS if example or bare_with_extras else (),
    }
