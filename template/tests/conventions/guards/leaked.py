"""S02: a connection that is not given back, a session that is used after its end."""

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


begun: dict[Any, str] = {}


def begins(session: Any, *_: Any) -> None:
    """Note where a session begins a transaction."""
    begun.setdefault(session, place_of_first(callers()))


def ends(session: Any, transaction: Any) -> None:
    """Note that its outermost transaction has ended."""
    if transaction.parent is None:
        begun.pop(session, None)


def guard_sessions() -> None:
    """Find the sessions whose transaction nobody ends."""
    for session, place in begun.items():
        # One that is cancelled while it rolls back ends without a word.
        if session.in_transaction():
            wrong = "nobody ends the transaction that the session begins here"
            found.append(Finding("S02", place, wrong, "use it only inside its `with`"))
    begun.clear()
