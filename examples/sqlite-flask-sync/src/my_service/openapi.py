"""The parts of the OpenAPI document that all routes have in common."""

from http import HTTPStatus
from typing import Any

from .problems import ProblemRead

Responses = dict[int | str, dict[str, Any]]

REFERENCE = "#/components/schemas/{model}"
ETAG = {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "Its path.", "schema": {"type": "string"}}}


def problems(*statuses: int) -> Responses:
    """Describe answers with a problem."""
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


def response(status: int, *headers: dict[str, Any]) -> Responses:
    """Describe the headers of an answer."""
    merged = {name: text for header in headers for name, text in header.items()}
    return {status: {"description": HTTPStatus(status).phrase, "headers": merged}}


def complete(document: dict[str, Any]) -> None:
    """Add the problems that follow from what a request carries."""
    for path in document["paths"].values():
        for operation in path.values():
            statuses: tuple[int, ...] = ()
            if any(item["in"] == "query" for item in operation.get("parameters", ())):
                statuses = (422,)
            content = operation.get("requestBody", {}).get("content", ())
            if "application/json" in content:
                statuses = (400, 413, 415, 422)
            elif content:
                statuses = (400, 413, 422)
            described = {str(s): text for s, text in problems(*statuses).items()}
            operation["responses"].pop("422", None)
            operation["responses"].update(described)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    problem = ProblemRead.model_json_schema(ref_template=REFERENCE)
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
