"""Idempotency keys: a repeated request gets the stored answer."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import Index, delete, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

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


def run_once(
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

    def once(session: Session) -> Result:
        done = model(owner=owner, key=key, request=fingerprint, result={})
        if _is_new(session, done):
            done.result = work(session)
        else:
            done = _stored(session, model, (owner, key))
        if done.request != fingerprint:
            raise Conflict("another request has the key", columns=("idempotency_key",))
        return done.result

    retry_on = (Interrupted, CommitUnknown)
    return run_in_unit_of_work(sessions, once, retry_on=retry_on)


def purge(
    sessions: Sessions, model: type[IdempotencyKey], older_than: timedelta
) -> int:
    """Delete keys that are older, in batches that are units of work; return how many.

    A request repeated under a deleted key is carried out again.
    """
    before = datetime.now(UTC) - older_than

    def purge_batch(session: Session) -> int:
        moments = select(model.created_at).where(model.created_at < before)
        moments = moments.order_by(model.created_at).limit(BATCH)
        times = list(session.scalars(moments))
        if times:
            # By a range of the index, not by a list of keys.
            session.execute(delete(model).where(model.created_at <= times[-1]))
        return len(times)

    count = 0
    while deleted := run_in_unit_of_work(sessions, purge_batch):
        count += deleted
    return count


def _is_new(session: Session, done: IdempotencyKey) -> bool:
    """Store a key unless it is there; wait for a unit of work that is storing it."""
    try:
        with session.begin_nested():
            session.add(done)
            session.flush()
    except Conflict:
        return False
    return True


def _stored(
    session: Session, model: type[IdempotencyKey], key: tuple[str, str]
) -> IdempotencyKey:
    """Return a key that is there. Raises Deadlock when it is to be looked for again."""
    stored = session.get(model, key)
    if stored is None:  # too new for this transaction's snapshot, or purged
        raise Deadlock
    return stored
