"""The routes that every service has."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from .health import probe_readiness
from .openapi import problems
from .problems import Problem
from .web import problem_response

router = APIRouter(prefix="/health", tags=["health"])


class HealthRead(BaseModel):
    """The state of the service."""

    status: str


@router.get("/live")
async def live() -> HealthRead:
    """Answer as long as the process does."""
    return HealthRead(status="live")


@router.get("/ready", response_model=HealthRead, responses=problems(503))
async def ready(request: Request) -> HealthRead | Response:
    """Answer 200 when the database does and its schema is new enough, else 503."""
    sessions = request.app.state.sessions
    problem = await probe_readiness(sessions)
    if problem is not None:
        return problem_response(Problem(503, problem))
    return HealthRead(status="ready")
