"""S05: a commit in the middle of a unit of work."""

from sqlalchemy.orm import Session

from ..finding import Finding
from .callers import callers, part_of, place_of_first
from .findings import found


def guard(session: Session) -> None:
    """Find commits of src/, but those of the data layer. A test may commit."""
    frames = callers(data_layer=True)
    if frames and part_of(frames[0]) == "src" and not session.in_nested_transaction():
        wrong = "it commits in the middle of a unit of work"
        place = place_of_first(frames)
        found.append(Finding("S05", place, wrong, "flush(), the edge commits"))
