"""S04: a session that two {{ 'tasks' if is_async else 'threads' }} use at the same time."""

from sqlalchemy import ExceptionContext

from {{ package_name }}.database.engine import SharedSessionError

from ..finding import Finding
from .callers import callers, place_of_first
from .findings import found


def guard(context: ExceptionContext) -> None:
    """Find what the engine refuses, also where nobody looks at the error."""
    if isinstance(context.original_exception, SharedSessionError):
        place = place_of_first(callers())
        wrong = "its session is in use by another {{ 'task' if is_async else 'thread' }}"
        found.append(Finding("S04", place, wrong, "open one for each"))
