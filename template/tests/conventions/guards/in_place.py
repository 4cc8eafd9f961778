"""M24: a value that was changed in place, which its session does not see."""

from weakref import WeakKeyDictionary

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState, Session

from ..finding import Finding
from .callers import callers, place_of_first
from .findings import found

# How the dictionaries, lists and sets of a model look in the database.
stored: WeakKeyDictionary[InstanceState[object], dict[str, str]] = WeakKeyDictionary()


def loaded(model: object, *_: object) -> None:
    """Remember what a model has when it was read or written."""
    state = inspect(model, raiseerr=True)
    values = {
        key: repr(value)
        for key, value in state.dict.items()
        if isinstance(value, dict | list | set) and key in state.mapper.columns
    }
    if values:
        stored[state] = values


def flushed(session: Session, _: object) -> None:
    """Remember what was written."""
    for model in (*session.new, *session.dirty):
        loaded(model)


def guard(session: Session) -> None:
    """Find what differs from what is stored, although nobody has set it."""
    for model in session:
        state = inspect(model)
        for key, value in stored.get(state, {}).items():
            same = key not in state.dict or repr(state.dict[key]) == value
            if not same and not state.attrs[key].history.has_changes():
                name, place = type(model).__name__, place_of_first(callers())
                wrong = f"{name}.{key} was changed in place, which is not stored"
                found.append(Finding("M24", place, wrong, "assign a new value"))
