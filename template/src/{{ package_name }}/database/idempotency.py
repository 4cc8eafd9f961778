{% from "hooks/unasync.jinja" import unasync with context %}
"""Doing once what is asked for several times, by a key that the asker chooses."""

import hashlib
import json

{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
{% else %}
from sqlalchemy.orm import Mapped, Session, mapped_column
{% endif %}

from .base import Base
from .errors import CommitUnknown, Conflict, Interrupted
from .mixins import Timestamps
from .retry import Work, run
from .session import Sessions, savepoint
from .types import Str64

{% call unasync() %}
Result = dict[str, object]


class IdempotencyKey(Timestamps, Base):
    """What was asked for under a key, and what came of it.

    Make a model of it for each kind of work; delete its rows once nobody asks again.
    """

    __abstract__ = True

    key: Mapped[Str64] = mapped_column(primary_key=True)
    request: Mapped[Str64]
    result: Mapped[Result]


async def run_once(
    sessions: Sessions,
    model: type[IdempotencyKey],
    key: str,
    request: object,
    work: Work[Result],
) -> Result:
    """Run `work` as one unit of work, once for each key; return its result each time.

    The key is stored in the same transaction. So what `run` cannot do again, a commit
    whose answer was lost, is asked for again here: either it happened, or it happens now.
    `request` and the result are JSON. Raises Conflict when another request has the key,
    else as `run` does.
    """
    content = json.dumps(request, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()

    async def once(session: AsyncSession) -> Result:
        done = model(key=key, request=fingerprint, result={})
        if await _is_new(session, done):
            done.result = await work(session)
        else:
            done = await session.get_one(model, key)
        if done.request != fingerprint:
            raise Conflict(
                "the key belongs to another request", columns=("idempotency_key",)
            )
        return done.result

    return await run(sessions, once, again_after=(Interrupted, CommitUnknown))


async def _is_new(session: AsyncSession, done: IdempotencyKey) -> bool:
    """Store a key. Waits for another unit of work that is just storing it."""
    try:
        async with savepoint(session):
            session.add(done)
            await session.flush()
    except Conflict:
        return False
    return True
{% endcall %}
