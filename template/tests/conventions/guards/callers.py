"""Who sends a statement: the functions of the project that are being run."""

import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType

{% if is_async %}
from greenlet import getcurrent  # type: ignore[import-untyped]  # it has none

{% endif %}
from ..sources import ROOT, place

GUARDS = Path(__file__).parent


{% if is_async %}
def stack() -> Iterator[FrameType]:
    """Yield what is being run, the innermost first.

    SQLAlchemy is run in a greenlet; what awaits it, in that one's parent.
    """
    greenlet, frame = getcurrent(), inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and greenlet.parent is not None:
            greenlet = greenlet.parent
            frame = greenlet.gr_frame
{% else %}
def stack() -> Iterator[FrameType]:
    """Yield what is being run, the innermost first."""
    frame = inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
{% endif %}


def callers(*, data_layer: bool = False) -> list[FrameType]:
    """Return what is being run of src/ and tests/, the innermost first.

    The data layer does what it is asked to, so it is left out, as libraries are.
    """
    parts = {"src", "tests", "data layer"} if data_layer else {"src", "tests"}
    return [f for f in stack() if part_of_file(f.f_code.co_filename) in parts]


def part_of(frame: FrameType) -> str:
    """Return "src", "tests", "data layer", or "" for what is not of the project."""
    return part_of_file(frame.f_code.co_filename)


def from_source(frames: list[FrameType]) -> bool:
    """Tell whether src/ asks, not a test."""
    return bool(frames) and part_of(frames[0]) == "src"


def place_of_first(frames: list[FrameType]) -> str:
    """Return the place of the innermost."""
    if not frames:
        return "a library"
    return place(Path(frames[0].f_code.co_filename), frames[0].f_lineno)


@cache
def part_of_file(file: str) -> str:
    """Return the part that a file belongs to."""
    path = Path(file)
    if not path.is_relative_to(ROOT) or path.is_relative_to(GUARDS):
        return ""
    match path.relative_to(ROOT).parts:
        case ("src", _, "database", *_):
            return "data layer"
        case ("src" | "tests" as part, *_):
            return part
    return ""
