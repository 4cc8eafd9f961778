"""Changes: in place, which is not stored; of a number that somebody else may change."""

import re
from collections import defaultdict
from collections.abc import Collection
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, ORMExecuteState, Session

from ..project import modules, place, text
from .frames import Frames, callers, from_source, tell

MUTABLE = (dict, list, set)
COUNTS = re.compile(r"\.(\w+) [-+*/]= |(\b[\w.]+\.(\w+)) = .*\b\2 [-+*/] ")
Name = tuple[InstanceState[Any], str]  # a model, and which attribute of it
# The values and how they look in the database. The models may be gone by the commit.
stored: WeakKeyDictionary[Session, dict[Name, tuple[object, str]]] = WeakKeyDictionary()
locking: WeakSet[Session] = WeakSet()  # sessions that have locked rows


def loaded(model: object, _: object, names: Collection[str] | None = None) -> None:
    """Remember what was read of a model: these attributes, or else all."""
    state = inspect(model, raiseerr=True)
    for key, value in state.dict.items():
        if isinstance(value, MUTABLE) and (names is None or key in names):
            _remember(state, key, value)


def flushed(session: Session, _: object) -> None:
    """Remember what was written."""
    for model in (*session.new, *session.dirty):
        state = inspect(model)
        for key, value in state.dict.items():
            if isinstance(value, MUTABLE) and _is_set(state, key):
                _remember(state, key, value)


def _remember(state: InstanceState[Any], key: str, value: object) -> None:
    if state.session is not None and key in state.mapper.columns:
        stored.setdefault(state.session, {})[state, key] = value, repr(value)


def forget(session: Session) -> None:
    """Forget what a rollback has taken back."""
    stored.pop(session, None)


def in_place(session: Session) -> None:
    """M24: find what differs from what is stored, although nobody has set it."""
    for (state, key), (value, before) in stored.get(session, {}).items():
        now = value if state.obj() is None else state.dict.get(key, value)
        if repr(now) != before and not _is_set(state, key):
            wrong = f"{state.class_.__name__}.{key} was changed in place, which is not stored"
            tell("M24", callers(), f"{wrong}; assign a new value")


def _is_set(state: InstanceState[Any], key: str) -> bool:
    """Tell whether a column's attribute was set since the last flush."""
    there = state.obj() is not None and key in state.mapper.columns
    return there and bool(state.attrs[key].history.has_changes())


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
    """Return where the functions that are being run count, or else any place."""
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
