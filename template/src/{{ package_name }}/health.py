{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Readiness: the database answers, and its schema is new enough."""

import asyncio
import logging
{% if not is_async %}
from concurrent.futures import Future, ThreadPoolExecutor, wait
{% endif %}
from functools import cache
from pathlib import Path
from weakref import WeakKeyDictionary

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .database import Sessions, StorageError, unit_of_work
{% if metrics %}
from .metrics import measure_revision
{% endif %}

logger = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).parents[2] / "migrations"
PROBE_TIMEOUT = 0.5  # seconds: most probes wait for one
{% if is_async %}
_asked: WeakKeyDictionary[Sessions, asyncio.Task[str | None]] = WeakKeyDictionary()


async def probe_readiness(sessions: Sessions) -> str | None:
    """Return why the service is not ready, before a probe gives up.

    A database that is silent is asked once, not again by each probe.
    """
    asked = _asked.get(sessions)
    if asked is None or asked.done():
        asked = _asked[sessions] = asyncio.create_task(readiness_problem(sessions))
    done, _ = await asyncio.wait([asked], timeout=PROBE_TIMEOUT)
    return asked.result() if done else "the database does not answer in time"
{% else %}
_asked: WeakKeyDictionary[Sessions, Future[str | None]] = WeakKeyDictionary()
_asking = ThreadPoolExecutor(1)


def probe_readiness(sessions: Sessions) -> str | None:
    """Return why the service is not ready, before a probe gives up.

    A database that is silent is asked once, not again by each probe.
    """
    asked = _asked.get(sessions)
    if asked is None or asked.done():
        asked = _asked[sessions] = _asking.submit(readiness_problem, sessions)
    done, _ = wait([asked], timeout=PROBE_TIMEOUT)
    return asked.result() if done else "the database does not answer in time"
{% endif %}


async def readiness_problem(sessions: Sessions) -> str | None:
    """Return why the service is not ready; None when it is."""
    try:
        async with unit_of_work(sessions{{ reading }}) as session:
            connection = await session.connection()
            return await connection.run_sync(schema_problem)
    # waive: S16 (any error at all means that the service is not ready)
    except (StorageError, DBAPIError):
        return "the database does not answer"


def schema_problem(connection: Connection) -> str | None:
    """Return how the schema is older than the code expects; None when it is not.

    When a newer version has migrated it, this one goes on.
    """
    current = frozenset(MigrationContext.configure(connection).get_current_heads())
    expected = newest_revisions()
{% if metrics %}
    measure_revision(current)
{% endif %}
    if current == expected:
        return None
    if newer := current - known_revisions():
        warn_of(newer)
        return None
    return (
        f"the schema is at {', '.join(sorted(current)) or 'no revision'}, "
        f"the code expects {', '.join(sorted(expected)) or 'none'}: "
        "run `alembic upgrade head`"
    )


@cache
def newest_revisions() -> frozenset[str]:
    """Return the revisions that the code was written for."""
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


@cache
def known_revisions() -> frozenset[str]:
    """Return all revisions that the code has."""
    known = set[str]()
    for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        known.add(script.revision)
{% if squashes %}
        known.update(getattr(script.module, "replaces", ()))
{% endif %}
    return frozenset(known)


@cache
def warn_of(newer: frozenset[str]) -> None:
    """Log, once, that another version has migrated the database."""
    names = ", ".join(sorted(newer))
    logger.warning("the schema is at %s, which this version does not know", names)
{% endcall %}
