"""M24: a value that was changed in place, which its session does not see."""

from collections.abc import Collection
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session

from ..finding import Finding
from .callers import callers, place_of_first
from .findings import found


class Stored(NamedTuple):
    """A dictionary, list or set, and how it looks in the database."""

    value: object
    text: str


Name = tuple[InstanceState[Any], str]  # a model, and which attribute of it
# The values are kept, but not the models: these may be gone by the commit.
stored: WeakKeyDictionary[Session, dict[Name, Stored]] = WeakKeyDictionary()


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


def guard(session: Session) -> None:
    """Find what differs from what is stored, although nobody has set it."""
    for (state, key), (value, text) in stored.get(session, {}).items():
        if state.obj() is None:
            same = repr(value) == text
        else:
            same = key not in state.dict or repr(state.dict[key]) == text
        if not same and not is_set(state, key):
            name, place = state.class_.__name__, place_of_first(callers())
            wrong = f"{name}.{key} was changed in place, which is not stored"
            found.append(Finding("M24", place, wrong, "assign a new value"))


def is_set(state: InstanceState[Any], key: str) -> bool:
    """Tell whether a column's attribute was set since the last flush."""
    if state.obj() is None or key not in state.mapper.columns:
        return False
    return bool(state.attrs[key].history.has_changes())
