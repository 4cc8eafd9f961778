"""Q07: a collection that is loaded by a join."""

from collections.abc import Iterator
from itertools import chain
from types import FrameType
from typing import Any

from sqlalchemy.orm import Load, ORMExecuteState, RelationshipProperty

from ..finding import Finding
from .callers import from_source, place_of_first
from .findings import found


def guard(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find `joinedload()` of collections in the queries of src/."""
    if state.is_relationship_load or not from_source(frames):
        return
    for collection in joined_collections(state.statement):
        wrong = f"joinedload({collection}) repeats each row for every item"
        place = place_of_first(frames)
        found.append(Finding("Q07", place, wrong, "use selectinload()"))


def joined_collections(statement: Any) -> Iterator[RelationshipProperty[Any]]:
    """Yield the collections that the options of a statement join.

    Not those of `contains_eager()`: that join was made by hand. SQLAlchemy has no public
    names for all this.
    """
    options = getattr(statement, "_with_options", ())
    loads = [option for option in options if isinstance(option, Load)]
    for element in chain.from_iterable(load.context for load in loads):
        joined = ("lazy", "joined") in (element.strategy or ())
        if joined and "eager_from_alias" not in element.local_opts:
            steps = element.path.path
            along = [step for step in steps if isinstance(step, RelationshipProperty)]
            if along[-1].uselist:
                yield along[-1]
