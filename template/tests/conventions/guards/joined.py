"""Q07: a collection that is loaded by a join."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Load, ORMExecuteState, RelationshipProperty

from ..finding import Finding
from .callers import callers, from_source, place_of_first
from .findings import found


def guard(state: ORMExecuteState) -> None:
    """Find `joinedload()` of collections in the queries of src/."""
    if not state.is_select or state.is_relationship_load:
        return
    for collection in joined_collections(state.statement):
        frames = callers()
        if from_source(frames):
            wrong = f"joinedload({collection}) repeats each row for every item"
            place = place_of_first(frames)
            found.append(Finding("Q07", place, wrong, "use selectinload()"))


def joined_collections(statement: Any) -> Iterator[RelationshipProperty[Any]]:
    """Yield the collections that the options of a statement join.

    Not those of `contains_eager()`: that join was made by hand. SQLAlchemy has no public
    names for all this.
    """
    options = [option for option in statement._with_options if isinstance(option, Load)]
    for element in (element for option in options for element in option.context):
        joined = ("lazy", "joined") in (element.strategy or ())
        if joined and "eager_from_alias" not in element.local_opts:
            steps = element.path.path
            along = [step for step in steps if isinstance(step, RelationshipProperty)]
            if along[-1].uselist:
                yield along[-1]
