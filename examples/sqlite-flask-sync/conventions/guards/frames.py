"""Who sends a statement: the functions of the project that are being run."""

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType

from ..findings import Finding
from ..project import PACKAGE, part_of, place

Frames = list[FrameType]
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


def callers() -> Frames:
    """Return what is being run of src/ and tests/, the innermost first.

    The data layer does what it is asked to, so it is left out, as libraries are.
    """
    return [frame for frame in stack() if part(frame) in ("src", "tests")]


def part(frame: FrameType) -> str:
    """Return "src", "tests", "data", or "" for what is not of the project."""
    return _part_of_file(frame.f_code.co_filename)


@cache
def _part_of_file(file: str) -> str:
    return "" if Path(file).is_relative_to(PACKAGE) else part_of(Path(file))


def from_source(frames: Frames) -> bool:
    return bool(frames) and part(frames[0]) == "src"


def place_of_first(frames: Frames) -> str:
    if not frames:
        return "a library"
    return _place(frames[0].f_code.co_filename, frames[0].f_lineno)


@cache
def _place(file: str, line: int) -> str:
    return place(Path(file), line)


def tell(rule: str, where: Frames | str, says: str) -> None:
    """Note what breaks a rule, in the innermost of these or at a place."""
    found.append(Finding(rule, where if isinstance(where, str) else place_of_first(where), says))
