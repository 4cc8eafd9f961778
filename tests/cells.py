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
    "doctor",
    "metrics",
    "traces",
    "squash",
    "rehearse",
    "replicas",
)
CELLS = [Cell(database, *style) for database, style in product(DATABASES, STYLES)]
# For what is the same with every framework: each database, and each driver of it.
EACH_DRIVER = [cell for cell in CELLS if not cell.served]
# For what is the same in both styles: each database, with each framework and without.
EACH_FRAMEWORK = [
    cell
    for cell in CELLS
    if (cell.web, cell.concurrency)
    in {("fastapi", "async"), ("flask", "sync"), ("none", "sync")}
]
