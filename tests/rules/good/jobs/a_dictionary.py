"""A dictionary called db."""

from collections.abc import Iterable


def count(names: Iterable[str]) -> dict[str, int]:
    """Count names."""
    db: dict[str, int] = {}
    for name in names:
        db[name] = db.get(name, 0) + 1
    return db


def look(db: dict[str, int], names: Iterable[str]) -> list[int]:
    """Look names up."""
    return [db.get(name, 0) for name in names]
