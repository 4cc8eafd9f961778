"""What SQLAlchemy itself refuses, said as a rule: the words of an error become a finding."""

import re
from pathlib import Path
from types import TracebackType

from .finding import Finding
from .places import place
from .rules import is_on
from .source.module import part_of

LOAD = "load it in the query, by selectinload()"
# Rule, what the error says, what is wrong, what to write instead.
HINTS = (
    ("M19", r"lazy='raise'|lazy=.raise_on_sql", "a relationship is read that was not loaded", LOAD),
    ("S08", r"MissingGreenlet|greenlet_spawn", "an attribute that is read sends a query", LOAD),
    ("S10", r"DetachedInstanceError|not bound to a Session", "its session is closed", LOAD),
    ("S19", r"was never awaited", "a call is not awaited", "put `await` before it"),
    ("Q05", r"unique\(\) method must be", "each row comes once for each item", "use selectinload()"),
    ("A01", r"requires an async driver", "the driver blocks", "name an async driver in the URL"),
    ("E07", r"'greenlet' library|No module.*greenlet", "greenlet is missing",
     'depend on "sqlalchemy[asyncio]"'),
    ("M05", r"__table__ or __tablename__", "a model has no table", "state `__tablename__`"),
    ("M13", r"Naming convention including", "a CHECK has no name", 'give it one, name="…"'),
    ("M16", r"has no time zone", "a moment without a time zone", "write datetime.now(UTC)"),
    ("M17", r"VARCHAR requires a length", "a text without a length", "annotate it with Str200"),
    ("S20", r"S20: ", "a unit of work begins within another", "pass the session on"),
    ("E06", r"(?s)database_url.*must begin with", "the URL names no driver",
     "write postgresql+psycopg://, or as .env.example does"),
)  # fmt: skip


def hint(error: BaseException, trace: TracebackType | None = None) -> Finding | None:
    """Return the rule that an error is about, at the innermost place of the project."""
    said = f"{type(error).__name__}: {error}"
    for rule, pattern, wrong, instead in HINTS:
        if is_on(rule) and re.search(pattern, said):
            return Finding(rule, place_in(trace or error.__traceback__), wrong, instead)
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
