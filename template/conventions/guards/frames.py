"""Who sends a statement: the functions of the project that are being run."""

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType

from ..config import project
from ..finding import Finding
from ..places import place
from ..source.module import part_of

PACKAGE = Path(__file__).parents[1]
# What the guards find while a test runs.
found: list[Finding] = []


def stack() -> Iterator[FrameType]:
    """Yield what is being run, the innermost first.

    In async code SQLAlchemy is run in a greenlet; what awaits it, in that one's parent.
    """
    module, frame = sys.modules.get("greenlet"), inspect.currentframe()
    greenlet = module.getcurrent() if module else None
    while frame is not None:
        yield frame
        frame = frame.f_back
        if frame is None and greenlet is not None and greenlet.parent is not None:
            greenlet = greenlet.parent
            frame = greenlet.gr_frame


def callers(*, data_layer: bool = False) -> list[FrameType]:
    """Return what is being run of src/ and tests/, the innermost first.

    The data layer does what it is asked to, so it is left out, as libraries are.
    """
    parts = {"src", "tests", "data"} if data_layer else {"src", "tests"}
    return [f for f in stack() if part_of_file(f.f_code.co_filename) in parts]


def part(frame: FrameType) -> str:
    """Return "src", "tests", "data", or "" for what is not of the project."""
    return part_of_file(frame.f_code.co_filename)


def from_source(frames: list[FrameType]) -> bool:
    """Tell whether src/ asks, not a test."""
    return bool(frames) and part(frames[0]) == "src"


def tell(rule: str, frames: list[FrameType], wrong: str, instead: str) -> None:
    """Note what breaks a rule in the innermost of these."""
    found.append(Finding(rule, place_of_first(frames), wrong, instead))


def place_of_first(frames: list[FrameType]) -> str:
    """Return the place of the innermost."""
    if not frames:
        return "a library"
    return place(Path(frames[0].f_code.co_filename), frames[0].f_lineno)


@cache
def part_of_file(file: str) -> str:
    """Return the part that a file belongs to."""
    path = Path(file)
    if not path.is_relative_to(project().root) or path.is_relative_to(PACKAGE):
        return ""
    return part_of(path)
