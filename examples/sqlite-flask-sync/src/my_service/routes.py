"""The routes that every service has."""

from flask import Blueprint, Response
from pydantic import BaseModel

from .health import probe_readiness
from .openapi import problems
from .operations import operation
from .problems import Problem
from .web import answer, problem_response, service

blueprint = Blueprint("health", __name__)
description = Blueprint("openapi", __name__)


class HealthRead(BaseModel):
    """The state of the service."""

    status: str


@blueprint.get("/health/live")
@operation(HealthRead)
def live() -> Response:
    """Answer as long as the process does."""
    return answer(HealthRead(status="live"))


@blueprint.get("/health/ready")
@operation(HealthRead, responses=problems(503))
def ready() -> Response:
    """Answer 200 when the database does and its schema is new enough, else 503."""
    problem = probe_readiness(service().sessions)
    if problem is not None:
        return problem_response(Problem(503, problem))
    return answer(HealthRead(status="ready"))


@description.get("/openapi.json")
def openapi() -> Response:
    """Describe the API."""
    return answer(service().document)
