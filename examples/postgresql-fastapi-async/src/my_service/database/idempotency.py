"""Idempotency keys: a repeated request gets the stored answer."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Index, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from .base import Base
from .errors import CommitUnknown, Conflict, Deadlock, Interrupted
from .mixins import Timestamps
from .session import Sessions, Work, run_in_unit_of_work
from .types import Str64, Str200

Result = dict[str, object]
BATCH = 1000


class IdempotencyKey(Timestamps, Base):
    """A request that was carried out under a key, and its result.

    Subclass it for each kind of work. `purge` deletes old keys.
    """

    __abstract__ = True

    owner: Mapped[Str200] = mapped_column(primary_key=True)
    key: Mapped[Str64] = mapped_column(primary_key=True)
    request: Mapped[Str64]
    result: Mapped[Result]

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Index, ...]:
        return (Index(None, "created_at"),)  # for `purge`


async def run_once(
    sessions: Sessions,
    model: type[IdempotencyKey],
    key: str,
    request: object,
    work: Work[Result],
    *,
    owner: str = "",
) -> Result:
    """Run `work` as one unit of work, once for each key; return its result each time.

    Keys belong to an `owner`, a stable identifier of who asks. Without one, whoever knows
    a key is given its result.

    The key is stored in the same transaction. So a commit whose answer was lost, which
    `run_in_unit_of_work` cannot run again, is run again here: either it happened, or it
    happens now. `request` and the result are JSON. Raises Conflict when another request
    has the key, else as `run_in_unit_of_work` does.
    """
    content = json.dumps(request, sort_keys=True, default=str)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()

    async def once(session: AsyncSession) -> Result:
        done = model(owner=owner, key=key, request=fingerprint, result={})
        if await _is_new(session, done):
            done.result = await work(session)
        else:
            done = await _stored(session, model, (owner, key))
        if done.request != fingerprint:
            raise Conflict("another request has the key", columns=("idempotency_key",))
        return done.result

    retry_on = (Interrupted, CommitUnknown)
    return await run_in_unit_of_work(sessions, once, retry_on=retry_on)


async def purge(
    sessions: Sessions, model: type[IdempotencyKey], older_than: timedelta
) -> int:
    """Delete keys that are older, in batches that are units of work; return how many.

    A request repeated under a deleted key is carried out again.
    """
    before = datetime.now(UTC) - older_than

    async def purge_batch(session: AsyncSession) -> int:
        moments = select(model.created_at).where(model.created_at < before)
        moments = moments.order_by(model.created_at).limit(BATCH)
        times = list(await session.scalars(moments))
        if times:
            # By a range of the index, not by a list of keys.
            await session.execute(delete(model).where(model.created_at <= times[-1]))
        return len(times)

    count = 0
    while deleted := await run_in_unit_of_work(sessions, purge_batch):
        count += deleted
    return count


async def _is_new(session: AsyncSession, done: IdempotencyKey) -> bool:
    """Store a key unless it is there; wait for a unit of work that is storing it."""
    try:
        async with session.begin_nested():
            session.add(done)
            await session.flush()
    except Conflict:
        return False
    return True


async def _stored(
    session: AsyncSession, model: type[IdempotencyKey], key: tuple[str, str]
) -> IdempotencyKey:
    """Return a key that is there. Raises Deadlock when it is to be looked for again."""
    stored = await session.get(model, key)
    if stored is None:  # too new for this transaction's snapshot, or purged
        raise Deadlock
    return stored
