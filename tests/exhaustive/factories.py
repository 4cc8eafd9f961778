{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Notes to try things on, each with a slug of its own."""

from itertools import count
from typing import Any

from sqlalchemy import select

from {{ package_name }}.database import Sessions, unit_of_work

from .models import Note

numbers = count(1)


def row(**values: Any) -> dict[str, Any]:
    """Return the values of a note: valid ones, but for those that are given."""
    return {"slug": f"note-{next(numbers)}", "text": "", "rank": 0, **values}


def rows(number: int, **values: Any) -> list[dict[str, Any]]:
    """Return the values of several notes."""
    return [row(**values) for _ in range(number)]


def note(**values: Any) -> Note:
    """Return a note that is not stored yet."""
    return Note(**row(**values))


async def store(sessions: Sessions, *notes: Note) -> None:
    """Store notes in a unit of work of their own."""
    async with unit_of_work(sessions) as session:
        session.add_all(notes)


async def stored(sessions: Sessions) -> list[str]:
    """Return the slugs of all notes that a new unit of work sees, the oldest first."""
    async with unit_of_work(sessions) as session:
        return list(await session.scalars(select(Note.slug).order_by(Note.id)))
{% endcall %}
