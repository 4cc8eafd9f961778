"""Changes of a number that somebody else may change at the same time."""

import re
from collections import defaultdict
from functools import cache
from typing import Any
from weakref import WeakSet

from sqlalchemy import inspect
from sqlalchemy.orm import ORMExecuteState, Session

from ..project import modules, place, text
from .frames import Frames, callers, from_source, tell

COUNTS = re.compile(r"\.(\w+) [-+*/]= |(\b[\w.]+\.(\w+)) = .*\b\2 [-+*/] ")
locking: WeakSet[Session] = WeakSet()  # sessions that have locked rows


def locks(state: ORMExecuteState, _: object) -> None:
    """Note that a session locks rows."""
    if getattr(state.statement, "_for_update_arg", None) is not None:
        locking.add(state.session)


def lost_updates(session: Session, *_: object) -> None:
    """Q24: find numbers that were read, counted with and written, without lock or version."""
    if not session.dirty or session in locking or not from_source(frames := callers()):
        return
    for model in session.dirty:
        state = inspect(model)
        for key in _counted() if state.mapper.version_id_col is None else ():
            change = state.attrs[key].history if key in state.mapper.columns else None
            values = (*change.added, *change.deleted) if change and change.deleted else ()
            if values and all(isinstance(value, int | float) for value in values):
                wrong = f"{state.class_.__name__}.{key} may have changed since it was read"
                instead = "read it for_update(), inherit Versioned, or update in SQL"
                tell("Q24", _counted_at(key, frames), f"{wrong}; {instead}")


def _counted_at(key: str, frames: Frames) -> str:
    for code, line in ((frame.f_code, frame.f_lineno) for frame in frames):
        for path, at in _counted()[key]:
            if str(path) == code.co_filename and code.co_firstlineno <= at <= line:
                return place(path, at)
    return place(*_counted()[key][0])


@cache
def _counted() -> dict[str, list[tuple[Any, int]]]:
    """Return the attributes that src/ counts up or down, and where: `account.balance -= 1`."""
    found = defaultdict(list)
    for path in modules("src"):
        for number, line in enumerate(text(path).splitlines(), 1):
            for counts in COUNTS.finditer(line):
                found[counts[1] or counts[3]].append((path, number))
    return dict(found)
