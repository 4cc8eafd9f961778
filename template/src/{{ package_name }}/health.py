{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Whether the service is ready for work."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .database.errors import StorageError
from .database.session import Sessions, unit_of_work

MIGRATIONS = Path(__file__).parents[2] / "migrations"


async def problem_with(sessions: Sessions) -> str | None:
    """Tell why the service is not ready; None when it is."""
    try:
{% if sqlite %}
        async with unit_of_work(sessions, read_only=True) as session:
{% else %}
        async with unit_of_work(sessions) as session:
{% endif %}
            connection = await session.connection()
            return await connection.run_sync(schema_problem)
    # waive: S16 (any error at all means that the service is not ready)
    except (StorageError, DBAPIError):
        return "the database does not answer"


def schema_problem(connection: Connection) -> str | None:
    """Tell how the schema differs from what the code expects; None when it does not."""
    current = set(MigrationContext.configure(connection).get_current_heads())
    expected = newest_revisions()
    if current == expected:
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
{% endcall %}
