"""Operations: views whose arguments are read from the request and described in OpenAPI.

A view takes what its path names and, as models of pydantic, `query`, `headers` and `body`.
A request that does not fit is answered with a problem; the view is not called.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any, get_type_hints

from flask import Flask, Response, request
from pydantic import TypeAdapter, ValidationError, create_model
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from .openapi import REFERENCE, Responses, complete
from .problems import InvalidRequest

PARTS = ("query", "headers", "body")


class Operation:
    """A view, with the types of its arguments and of its answer."""

    __name__: str

    def __init__(
        self,
        view: Callable[..., Response],
        answer: Any,
        status: int,
        responses: Responses,
        media_type: str | None,
    ) -> None:
        update_wrapper(self, view)
        self.view, self.answer, self.status = view, answer, status
        self.responses, self.media_type = responses, media_type
        hints = get_type_hints(view, include_extras=True)
        del hints["return"]
        self.path = {name: hints[name] for name in hints if name not in PARTS}
        self.parts = {name: hints[name] for name in PARTS if name in hints}
        # As one model: so all that is wrong with a request is told at once.
        fields: dict[str, Any] = {**self.path, **self.parts}
        self.request = create_model("Request", **fields)

    def __call__(self, **path: object) -> Response:
        """Answer the request. Raises InvalidRequest."""
        given = {**path, **dict(self._given())}
        try:
            arguments = self.request.model_validate(given, from_attributes=True)
        except ValidationError as error:
            raise InvalidRequest(error.errors()) from error
        return self.view(**dict(arguments))

    def _given(self) -> Iterator[tuple[str, object]]:
        if "query" in self.parts:
            # Of a parameter that is there several times the last one counts.
            lists = request.args.to_dict(flat=False)
            yield "query", {name: values[-1] for name, values in lists.items()}
        if "headers" in self.parts:
            yield "headers", dict(request.headers)
        if "body" in self.parts and (content := request.get_data()):
            yield "body", _json(content)


def operation(
    answer: Any,
    status: int = 200,
    responses: Responses | None = None,
    *,
    media_type: str | None = None,
) -> Callable[[Callable[..., Response]], Operation]:
    """Make an operation of a view that answers with this type.

    `media_type` is that of a body which the view reads itself.
    """
    return lambda view: Operation(view, answer, status, responses or {}, media_type)


def _json(content: bytes) -> object:
    if not request.is_json:
        raise UnsupportedMediaType("send JSON as application/json")
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        invalid = {"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error"}
        raise InvalidRequest([invalid]) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, say
        raise BadRequest("There was an error parsing the body") from error


def describe(app: Flask, **info: str) -> dict[str, Any]:
    """Return the OpenAPI document of an application's operations."""
    views = app.view_functions
    rules = [(rule, views[rule.endpoint]) for rule in app.url_map.iter_rules()]
    operations = [(rule, view) for rule, view in rules if isinstance(view, Operation)]
    types: list[Any] = []
    for _, view in operations:
        types.append((view.__name__, "serialization", TypeAdapter(view.answer)))
        if body := view.parts.get("body"):
            types.append((view.__name__, "validation", TypeAdapter(body)))
    schemas, definitions = TypeAdapter.json_schemas(types, ref_template=REFERENCE)
    components = definitions.get("$defs", {})
    paths: dict[str, Any] = {}
    for rule, view in operations:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            described = _described(view, schemas, components)
            described["tags"] = [rule.endpoint.partition(".")[0]]
            paths.setdefault(path, {})[method.lower()] = described
    document = {"openapi": "3.1.0", "info": info, "paths": paths}
    document["components"] = {"schemas": components}
    complete(document)
    return document


def _described(
    view: Operation, schemas: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    name = view.__name__
    described: dict[str, Any] = {
        "operationId": name,
        "summary": name.replace("_", " ").title(),
        "description": view.__doc__,
    }
    if parameters := list(_parameters(view, components)):
        described["parameters"] = parameters
    body = {"type": "string"} if view.media_type else schemas.get((name, "validation"))
    if body:
        content = {view.media_type or "application/json": {"schema": body}}
        described["requestBody"] = {"required": True, "content": content}
    answer: dict[str, Any] = {"description": "Successful Response"}
    if view.answer is not None:
        schema = schemas[name, "serialization"]
        answer["content"] = {"application/json": {"schema": schema}}
    responses = {str(view.status): answer}
    for status, text in view.responses.items():
        responses[str(status)] = {**responses.get(str(status), {}), **text}
    return {**described, "responses": responses}


def _parameters(
    view: Operation, components: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for name, kind in view.path.items():
        schema = TypeAdapter(kind).json_schema()
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    for part, place in (("query", "query"), ("headers", "header")):
        if part in view.parts:
            model = view.parts[part].model_json_schema(ref_template=REFERENCE)
            components.update(model.get("$defs", {}))
            for name, schema in model["properties"].items():
                yield {
                    "name": name,
                    "in": place,
                    "required": name in model.get("required", ()),
                    "schema": schema,
                }
