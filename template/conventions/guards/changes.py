"""Changes: in place, which is not stored; of a number that somebody else may change."""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, ORMExecuteState, Session

from ..finding import Finding
from ..places import modules, place, text, tree
from .frames import callers, found, from_source, tell


class Stored(NamedTuple):
    """A dictionary, list or set, and how it looks in the database."""

    value: object
    text: str


Name = tuple[InstanceState[Any], str]  # a model, and which attribute of it
# The values are kept, but not the models: these may be gone by the commit.
stored: WeakKeyDictionary[Session, dict[Name, Stored]] = WeakKeyDictionary()
locking: WeakSet[Session] = WeakSet()  # sessions that have locked rows


def loaded(model: object, _: object, names: Collection[str] | None = None) -> None:
    """Remember what was read of a model: these attributes, or else all."""
    state = inspect(model, raiseerr=True)
    for key, value in state.dict.items():
        if names is not None and key not in names:
            continue
        if isinstance(value, dict | list | set) and key in state.mapper.columns:
            remember(state, key, value)


def flushed(session: Session, _: object) -> None:
    """Remember what was written."""
    for model in (*session.new, *session.dirty):
        state = inspect(model)
        for key, value in state.dict.items():
            if isinstance(value, dict | list | set) and is_set(state, key):
                remember(state, key, value)


def remember(state: InstanceState[Any], key: str, value: object) -> None:
    """Remember a value of a model that is in a session."""
    if state.session is not None:
        values = stored.setdefault(state.session, {})
        values[state, key] = Stored(value, repr(value))


def forget(session: Session) -> None:
    """Forget what a rollback has taken back."""
    stored.pop(session, None)


def in_place(session: Session) -> None:
    """M24: find what differs from what is stored, although nobody has set it."""
    for (state, key), (value, before) in stored.get(session, {}).items():
        if state.obj() is None:
            same = repr(value) == before
        else:
            same = key not in state.dict or repr(state.dict[key]) == before
        if not same and not is_set(state, key):
            wrong = f"{state.class_.__name__}.{key} was changed in place, which is not stored"
            tell("M24", callers(), wrong, "assign a new value")


def is_set(state: InstanceState[Any], key: str) -> bool:
    """Tell whether a column's attribute was set since the last flush."""
    if state.obj() is None or key not in state.mapper.columns:
        return False
    return bool(state.attrs[key].history.has_changes())


def locks(state: ORMExecuteState, _: object) -> None:
    """Note that a session locks rows."""
    if getattr(state.statement, "_for_update_arg", None) is not None:
        locking.add(state.session)


def lost_updates(session: Session, *_: object) -> None:
    """Q24: find numbers that were read, counted with and written, without lock or version."""
    frames = callers()
    if session in locking or not from_source(frames):
        return
    for model in session.dirty:
        state = inspect(model)
        for key in state.mapper.columns.keys() if state.mapper.version_id_col is None else ():
            change = state.attrs[key].history if key in state.attrs else None
            values = (*change.added, *change.deleted) if change and change.deleted else ()
            if values and all(isinstance(v, int | float) for v in values) and key in counted():
                wrong = f"{state.class_.__name__}.{key} may have changed since it was read"
                instead = "read it for_update(), inherit Versioned, or update in SQL"
                found.append(Finding("Q24", _counted_at(key, frames), wrong, instead))


def _counted_at(key: str, frames: list[FrameType]) -> str:
    """Return where the functions that are being run count, or else any place."""
    for frame in frames:
        code = frame.f_code
        for path, line in counted()[key]:
            if str(path) == code.co_filename and code.co_firstlineno <= line <= frame.f_lineno:
                return place(path, line)
    return place(*counted()[key][0])


@cache
def counted() -> dict[str, list[tuple[Path, int]]]:
    """Return the attributes that src/ counts up or down, and where: `account.balance -= 1`."""
    found: dict[str, list[tuple[Path, int]]] = {}
    for name, path, line in _counted():
        found.setdefault(name, []).append((path, line))
    return found


def _counted() -> Iterator[tuple[str, Path, int]]:
    for path in modules("src"):
        if "." not in text(path):
            continue
        for node in ast.walk(tree(path)):
            match node:
                case ast.AugAssign(target=ast.Attribute(attr=name)):
                    yield name, path, node.lineno
                case ast.Assign(
                    targets=[ast.Attribute(attr=name) as target],
                    value=ast.BinOp() as value,
                ) if ast.unparse(target) in ast.unparse(value):
                    yield name, path, node.lineno
