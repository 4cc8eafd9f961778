"""S02: a connection that is not given back."""

from typing import Any

from ..finding import Finding
from .callers import callers, place_of_first
from .findings import found

taken: dict[Any, str] = {}


def takes(_: Any, entry: Any, *__: Any) -> None:
    """Note where a connection is taken."""
    taken[entry] = place_of_first(callers())


def gives_back(_: Any, entry: Any) -> None:
    """Note that it is back in its pool."""
    taken.pop(entry, None)


def guard() -> None:
    """Find the connections that are not back."""
    for place in taken.values():
        wrong = "the connection that is taken here is not given back"
        found.append(Finding("S02", place, wrong, "open the session by a `with`"))
