"""Guards: they watch what the code under test does with its sessions, in every test.

A test in which a rule is broken fails, with a line for each place.
"""

from collections.abc import Callable

from sqlalchemy import Engine, Pool, event
from sqlalchemy.orm import ORMExecuteState, Session

from ..project import is_on
from . import queries, sessions
from .frames import Frames, callers
from .sessions import end, start

__all__ = ["end", "listen", "start"]
# What looks at each statement, and the rules that it holds.
OF_STATEMENTS: dict[Callable[[ORMExecuteState, Frames], None], tuple[str, ...]] = {
    sessions.implicit: ("M19", "S08"),
    queries.joined: ("Q07",),
    queries.repeated: ("Q06",),
    queries.unflushed: ("S09",),
    queries.conditions: ("M11", "Q16"),
    queries.written_in_a_get: ("X05",),
    queries.locks: ("Q24",),
}


def listen() -> None:
    """Let the guards listen to SQLAlchemy."""
    active = [guard for guard, rules in OF_STATEMENTS.items() if any(map(is_on, rules))]

    def watch(state: ORMExecuteState) -> None:
        frames = callers()
        for guard in active:
            guard(state, frames)

    Session.__init__ = sessions.makes(Session.__init__)  # type: ignore[method-assign]  # no event
    event.listen(Session, "do_orm_execute", watch)
    event.listen(Session, "after_begin", sessions.begins)
    event.listen(Session, "after_transaction_end", sessions.ends)
    event.listen(Session, "before_flush", queries.lost_updates)
    event.listen(Session, "before_flush", queries.in_a_get)
    event.listen(Engine, "handle_error", sessions.shared)
    event.listen(Pool, "checkout", sessions.takes)
    event.listen(Pool, "checkin", sessions.gives_back)
    event.listen(Pool, "detach", sessions.gives_back)
