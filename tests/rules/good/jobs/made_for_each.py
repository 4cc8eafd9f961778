"""Defaults that are made for each row, and names that only sound like money."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4


@dataclass
class Sample:
    """Numbers of a measurement."""

    total_seconds: float
    cost_ratio: float
    key: str = field(default_factory=lambda: str(uuid4()))


def truthy(samples: list[Sample], wanted: Callable[[Sample], bool]) -> bool:
    """Lists that no query gave."""
    return bool([one for one in samples if one.key and wanted(one)])
