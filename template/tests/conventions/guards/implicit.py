"""M19 and S08: an attribute that sends a query when it is read."""

from types import FrameType

from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState

from ..finding import Finding
from .callers import place_of_first, stack
from .findings import found

READING = InstrumentedAttribute.__get__.__code__


def guard(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find the loads of attributes that were not loaded by then, or had expired."""
    if not (state.is_relationship_load or state.is_column_load):
        return
    frame = next((frame for frame in stack() if frame.f_code is READING), None)
    if frame is None:
        return
    wrong = f"reading {frame.f_locals['self']} sends a query"
    place = place_of_first(frames)
    if state.is_relationship_load:
        found.append(Finding("M19", place, wrong, "load it before, by selectinload()"))
    else:
        found.append(Finding("S08", place, wrong, "load it before, or refresh()"))
