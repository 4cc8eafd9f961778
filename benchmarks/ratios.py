"""Ratios of what was measured in the same round."""

import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

Rounds = Sequence[float]
Key = tuple[str, str]  # database and concurrency


class Ratio(NamedTuple):
    """The median of a ratio over all rounds, and its range."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{shown(self.median)} [{shown(self.low)}-{shown(self.high)}]"


def ratio(ours: Rounds, theirs: Rounds) -> Ratio:
    """Divide round by round."""
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Ratio(statistics.median(found), min(found), max(found))


def quartiles(ratios: Rounds) -> Ratio:
    """Return the median of many rounds, and the range of the half around it."""
    low, median, high = statistics.quantiles(ratios, n=4)
    return Ratio(median, low, high)


def shown(value: float) -> str:
    """Return a ratio in as many digits as it is worth."""
    return (
        f"{value:.0f}"
        if value >= 20
        else f"{value:.1f}"
        if value >= 4
        else f"{value:.2f}"
    )


def races(found: dict[str, Any]) -> dict[Key, dict[str, dict[str, list[float]]]]:
    """Return seconds by cell, operation and contestant."""
    by_cell: dict[Key, dict[str, dict[str, list[float]]]] = {}
    for race in found["races"]:
        operations = by_cell.setdefault((race["database"], race["concurrency"]), {})
        operations.setdefault(race["operation"], {})[race["contestant"]] = race[
            "seconds"
        ]
    return by_cell
