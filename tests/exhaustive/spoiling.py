{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Ways to make a commit fail that had nothing to fear."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import Sessions, errors

{% if not sqlite %}
from .killing import kill, number_of
{% endif %}
{% if not mysql %}
from .models import Loan
{% endif %}


class Way(NamedTuple):
    """How to spoil what a session has flushed, and what is told of it."""

    spoil: Callable[[Sessions, AsyncSession], Awaitable[None]]
    error: type[errors.StorageError]
    status: int


WAYS: dict[str, Way] = {}
{% if not sqlite %}


async def lose_the_connection(sessions: Sessions, session: AsyncSession) -> None:
    await kill(sessions, await number_of(session))


WAYS["connection"] = Way(lose_the_connection, errors.CommitUnknown, 503)
{% endif %}
{% if not mysql %}


async def refer_to_nothing(sessions: Sessions, session: AsyncSession) -> None:
    session.add(Loan(note_id=404))
    await session.flush()


WAYS["reference"] = Way(refer_to_nothing, errors.ReferenceMissing, 422)
{% endif %}
{% endcall %}
