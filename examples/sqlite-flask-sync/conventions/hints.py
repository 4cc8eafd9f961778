"""What SQLAlchemy itself refuses, said as a rule: the words of an error become a finding."""

import re
import traceback
from pathlib import Path

from .findings import Finding
from .project import is_on, part_of, place

# Rule, what the error says, what is wrong and, if not as the rule says, what to do.
HINTS = (
    ("M19", r"lazy=.raise", "a relationship is read that was not loaded; use selectinload()"),
    ("S08", r"MissingGreenlet|greenlet_spawn", "reading this attribute sends a query; load it"),
    ("S10", r"DetachedInstanceError|not bound to a Session", "its session is closed"),
    ("S19", r"was never awaited", "a call is not awaited"),
    ("Q05", r"unique\(\) method must be", "each row comes once for each item; use selectinload()"),
    ("Q18", r"has a cartesian product", "no condition joins these tables; add join(), or where()"),
    ("A01", r"requires an async driver", "the driver blocks; name an async driver in the URL"),
    ("E07", r"'greenlet' library|No module.*greenlet", "greenlet is missing"),
    ("M05", r"__table__ or __tablename__", "a model has no table; state `__tablename__`"),
    ("M13", r"Naming convention including", 'a CHECK has no name; give it one, name="…"'),
    ("M16", r"has no time zone", "a moment without a time zone; write datetime.now(UTC)"),
    ("M17", r"VARCHAR requires a length", "a text without a length"),
    ("S20", r"S20: ", "a unit of work begins within another; pass the session on"),
    ("G02", r"failed to locate a name", "nothing imports a model of that name; correct it"),
    (
        "M30",
        r"Could not determine join condition|(No|Ambiguous)ForeignKeys",
        "no foreign key, or more than one, joins these; add one, or state foreign_keys",
    ),
    (
        "M07",
        r"has no property|reverse_property|back_populates|backref",
        "the other side does not exist",
    ),
    ("E06", r"(?s)database_url.*must begin with", "the URL names another driver"),
)


def known(error: BaseException) -> tuple[str, str] | None:
    """Return the rule that an error, or its cause, is about, and what is wrong."""
    said, cause = f"{type(error).__name__}: {error}", error.__cause__
    while cause is not None:
        said, cause = f"{said} {type(cause).__name__}: {cause}", cause.__cause__
    return next(
        ((r, says) for r, words, says in HINTS if is_on(r) and re.search(words, said)), None
    )


def hint(error: BaseException) -> Finding | None:
    """Return the rule that an error is about, at the innermost place of the project."""
    return Finding(rule[0], place_in(error), rule[1]) if (rule := known(error)) else None


def place_in(error: BaseException, *parts: str, otherwise: str = "a library") -> str:
    """Return the innermost place of a part of the project: src/, else the tests."""
    places = dict[str, str]()
    cause: BaseException | None = error
    while cause is not None:
        for frame, line in traceback.walk_tb(cause.__traceback__):
            path = Path(frame.f_code.co_filename)
            places |= {part_of(path): place(path, line)} if part_of(path) else {}
        cause = cause.__cause__
    return next((places[one] for one in parts or ("src", "tests") if one in places), otherwise)


def plain(error: BaseException) -> str:
    """Return what an error says, as a part of a line."""
    said = " ".join(str(error).split())[:200].replace(";", ",")
    return f"{type(error).__name__}: {said}"
