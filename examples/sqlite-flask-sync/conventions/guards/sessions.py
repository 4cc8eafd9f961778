"""Sessions and connections: who commits, who gives back, who uses two at once."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ExceptionContext
from sqlalchemy.orm import InstrumentedAttribute, ORMExecuteState, Session

from ..findings import Finding
from .frames import Frames, callers, found, from_source, place_of_first, stack, tell

READING = InstrumentedAttribute.__get__.__code__
taken: dict[Any, str] = {}  # connections, and where each was taken
begun: dict[Session, str] = {}  # sessions in a transaction, and where each began
made: WeakKeyDictionary[Session, bool] = WeakKeyDictionary()  # whether src/ has made it
tasks: WeakKeyDictionary[Session, object] = WeakKeyDictionary()  # and what runs it


def makes(make: Callable[..., None]) -> Callable[..., None]:
    """Note who makes a session: what tests make may be open beside those of src/."""

    def noted(session: Session, *args: Any, **options: Any) -> None:
        make(session, *args, **options)
        made[session] = from_source(callers())

    return noted


def takes(_: Any, entry: Any, *__: Any) -> None:
    taken[entry] = place_of_first(callers())


def gives_back(_: Any, entry: Any) -> None:
    taken.pop(entry, None)


def begins(session: Session, *_: Any) -> None:
    """Note where a session begins; S20: find one of src/ beside another."""
    if session in begun:
        return
    frames, task = callers(), _task()
    for other, place in begun.items() if made.get(session) else ():
        if made.get(other) and tasks.get(other) is task:
            wrong = f"a second session begins while that of {place} is in a transaction"
            tell("S20", frames, f"{wrong}; pass the first one on, or end it before")
    begun[session], tasks[session] = place_of_first(frames), task


def _task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return threading.current_thread()


def ends(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        begun.pop(session, None)


def start() -> None:
    taken.clear()
    begun.clear()


def end() -> list[Finding]:
    """Return what was found; S02: find the connections that are not back, and the sessions that are not closed.

    The sessions of most tests share one connection, so that both have to be looked at.
    """
    for place in taken.values():
        tell("S02", place, "the connection that is taken here is not given back")
    for session, place in begun.items():
        # One that is cancelled while it rolls back ends without a word.
        if made.get(session) and session.in_transaction():
            tell("S02", place, "the session that begins here is not closed")
    start()
    told = list(found)
    found.clear()
    return told


def shared(context: ExceptionContext) -> None:
    """S04: find what the engine refuses, also where nobody looks at the error."""
    if type(context.original_exception).__name__ == "SharedSessionError":
        tell("S04", callers(), "its session is in use by another task or thread; open one for each")


def implicit(state: ORMExecuteState, frames: Frames) -> None:
    """M19 and S08: find loads of attributes that were not loaded by then, or had expired."""
    if state.is_relationship_load or state.is_column_load:
        frame = next((frame for frame in stack() if frame.f_code is READING), None)
        if frame is not None:
            loads = state.is_relationship_load
            rule, how = ("M19", "selectinload()") if loads else ("S08", "refresh()")
            wrong = f"reading {frame.f_locals['self']} sends a query"
            tell(rule, frames, f"{wrong}; load it before, by {how}")
