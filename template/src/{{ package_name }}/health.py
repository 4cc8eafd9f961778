"""Whether the service is alive, and whether it is ready for work."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
{% if fastapi %}
from fastapi import APIRouter, Request, Response
{% endif %}
{% if flask %}
from flask import Blueprint, Response
{% endif %}
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .database.errors import StorageError
from .database.session import Sessions, unit_of_work
{% if fastapi %}
from .problems import Problem
from .web import problem_response
{% endif %}
{% if flask %}
from .problems import Problem
from .web import problem_response, service
{% endif %}

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@cache
def newest_revisions() -> set[str]:
    """Return the revisions that the code was written for."""
    return set(ScriptDirectory(str(MIGRATIONS)).get_heads())


def schema_problem(connection: Connection) -> str | None:
    """Tell how the schema differs from what the code expects; None when it does not."""
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current == newest_revisions():
        return None
    at, expected = (", ".join(sorted(r)) for r in (current, newest_revisions()))
    return (
        f"the schema is at {at or 'no revision'}, the code expects {expected or 'none'}: "
        "run `alembic upgrade head`"
    )

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

async def problem_with(sessions: Sessions) -> str | None:
    """Tell why the service is not ready; None when it is."""
    try:
        async with unit_of_work(sessions) as session:
            connection = await session.connection()
            return await connection.run_sync(schema_problem)
    except (StorageError, DBAPIError):
        return "the database does not answer"
{% endcall %}
{% if fastapi %}


router = APIRouter(prefix="/health", tags=["health"])
{% call unasync() %}


@router.get("/live")
async def live() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "live"}


@router.get("/ready", response_model=dict[str, str])
async def ready(request: Request) -> dict[str, str] | Response:
    """Answer 200 when the database does and its schema is the newest, else 503."""
    problem = await problem_with(request.app.state.sessions)
    if problem is not None:
        return problem_response(Problem(503, problem))
    return {"status": "ready"}
{% endcall %}
{% endif %}
{% if flask %}


blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "live"}


@blueprint.get("/ready")
def ready() -> dict[str, str] | Response:
    """Answer 200 when the database does and its schema is the newest, else 503."""
    problem = problem_with(service().sessions)
    if problem is not None:
        return problem_response(Problem(503, problem))
    return {"status": "ready"}
{% endif %}
