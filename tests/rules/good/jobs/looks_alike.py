"""Code with the same words, about other things."""

from collections.abc import Iterable
from pathlib import Path


class Basket:
    """Something with familiar methods."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}

    def get(self, name: str) -> int:
        """Return how many there are."""
        return self.items.get(name, 0)

    def add(self, name: str) -> None:
        """Put one in."""
        self.items[name] = self.get(name) + 1

    def first(self) -> str:
        """Return the first."""
        return next(iter(self.items))

    def execute(self, order: str) -> None:
        """Do as told."""
        self.items.pop(order, None)


def fill(names: Iterable[str]) -> tuple[Basket, set[str]]:
    """Fill a basket and a set, in a loop."""
    basket, seen = Basket(), set[str]()
    for name in names:
        basket.add(name)
        seen.add(name)
        basket.execute("nothing")
    return basket, seen


def lines(path: Path) -> int:
    """Count the lines of a file."""
    return len(path.read_text("utf-8").splitlines())
