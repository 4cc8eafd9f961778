"""A cache of values that come from no database."""

from functools import cache, lru_cache


@cache
def squares(limit: int) -> tuple[int, ...]:
    """Return squares."""
    return tuple(number * number for number in range(limit))


@lru_cache(maxsize=100)
def slug(name: str) -> str:
    """Return a name for URLs."""
    return "-".join(name.lower().split())
