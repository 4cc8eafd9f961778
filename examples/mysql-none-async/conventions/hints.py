"""What SQLAlchemy itself refuses, said as a rule: the words of an error become a finding."""

import re
from pathlib import Path
from types import TracebackType

from .findings import Finding
from .project import is_on, part_of, place

# Rule, what the error says, what is wrong and, if not as the rule says, what to do.
HINTS = (
    ("M19", r"lazy=.raise", "a relationship is read that was not loaded; use selectinload()"),
    ("S08", r"MissingGreenlet|greenlet_spawn", "reading this attribute sends a query; load it"),
    ("S10", r"DetachedInstanceError|not bound to a Session", "its session is closed"),
    ("S19", r"was never awaited", "a call is not awaited"),
    ("Q05", r"unique\(\) method must be", "each row comes once for each item; use selectinload()"),
    ("A01", r"requires an async driver", "the driver blocks; name an async driver in the URL"),
    ("E07", r"'greenlet' library|No module.*greenlet", "greenlet is missing"),
    ("M05", r"__table__ or __tablename__", "a model has no table; state `__tablename__`"),
    ("M13", r"Naming convention including", 'a CHECK has no name; give it one, name="…"'),
    ("M16", r"has no time zone", "a moment without a time zone; write datetime.now(UTC)"),
    ("M17", r"VARCHAR requires a length", "a text without a length"),
    ("S20", r"S20: ", "a unit of work begins within another; pass the session on"),
    ("E06", r"(?s)database_url.*must begin with", "the URL names another driver"),
)


def hint(error: BaseException, trace: TracebackType | None = None) -> Finding | None:
    """Return the rule that an error is about, at the innermost place of the project."""
    for rule, pattern, says in HINTS:
        if is_on(rule) and re.search(pattern, f"{type(error).__name__}: {error}"):
            return Finding(rule, place_in(trace or error.__traceback__), says)
    return None


def place_in(trace: TracebackType | None) -> str:
    """Return the innermost place of src/, else of the tests."""
    places = {"src": "", "tests": ""}
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if (part := part_of(path)) in places:
            places[part] = place(path, trace.tb_lineno)
        trace = trace.tb_next
    return places["src"] or places["tests"] or "a library"


def plain(error: BaseException) -> str:
    """Return what an error says, as a part of a line."""
    said = " ".join(str(error).split())[:200].replace(";", ",")
    return f"{type(error).__name__}: {said}"
