"""Python's own operators, outside queries."""

from collections.abc import Iterable


def chosen(words: Iterable[str], least: int) -> list[str]:
    """Filter words."""
    return list(filter(lambda word: word and len(word) >= least, words))


def both(first: bool, second: bool) -> bool:
    """Tell whether both hold."""
    return first and not second
