"""Checks of routes: what FastAPI was told about dependencies, queries, bodies and answers."""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from .findings import Found
from .models.classes import SECRET
from .models.mapped import place_of
from .project import modules, place, project

SIZES = {"limit", "size", "page_size", "per_page", "count", "first"}
# What bounds a value of JSON, by its type; and what is said if nothing does.
BOUNDS = {
    "array": ({"maxItems"}, "a list of any length; state Field(max_length=100)"),
    "integer": (
        {"maximum", "exclusiveMaximum"},
        "a number of any size, which no column can hold; state Field(le=…)",
    ),
    "string": (
        {"maxLength", "pattern", "format"},
        "a text of any length; state Field(max_length=200)",
    ),
}
EVERY, NUMBERS = set(BOUNDS), {"integer"}
# The types of JSON that have to be bounded, the name of a parameter, its type.
Parameters = Iterator[tuple[set[str], str, Any]]


def in_routes() -> Found:
    yield from dict.fromkeys(_found())


def _found() -> Found:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == project().package:
            for router in list(vars(module).values()):
                if type(router).__name__ == "Operation":  # of Flask
                    yield from _unbounded(router.view, _of_operation(router))
                if type(router).__name__ == "APIRouter":
                    routes = [one for one in router.routes if hasattr(one, "dependant")]
                    yield from _shadowed(routes)
                    for route in routes:
                        for rule, says in (*_of_route(route), *_answer(route), *_shown(route)):
                            yield rule, _place(route.endpoint), says
                        yield from _unbounded(route.endpoint, _parameters(route))


def _dependencies(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one
        yield from _dependencies(one)


def _place(endpoint: Any) -> str:
    code = inspect.unwrap(endpoint).__code__
    path = Path(code.co_filename)
    return place(path, code.co_firstlineno) if path in modules("src") else str(code.co_name)


def _of_route(route: Any) -> Iterator[tuple[str, str]]:
    for one in _dependencies(route.dependant):
        generator = inspect.isasyncgenfunction(one.call) or inspect.isgeneratorfunction(one.call)
        late = generator and getattr(one, "scope", None) != "function"
        if late and re.search(r"session|unit_of|commit\(|begin\(", inspect.getsource(one.call)):
            wrong = f"{one.call.__name__}() ends after the response"
            yield "S06", f'{wrong}; state Depends(…, scope="function")'
    for one in route.dependant.query_params:
        fields = getattr(one.field_info.annotation, "model_fields", {one.name: one.field_info})
        for name, field in fields.items():
            bounds = {type(part).__name__ for part in field.metadata}
            if name in SIZES and not bounds & {"Le", "Lt"}:
                yield "Q21", f"{name} has no upper bound; state it, Query(le=100)"
    for one in route.dependant.body_params:
        if re.search(r"\b(dict|Any|object)\b", str(one.field_info.annotation)):
            wrong = f"{one.name} takes anything from outside"
            yield "X03", f"{wrong}; take a pydantic model that names its fields"


def _answer(route: Any) -> Iterator[tuple[str, str]]:
    """X06, unless there is a model, or the answer is a Response, or has no content."""
    says = _returned(route)
    kinds = get_args(says) if get_origin(says) in (Union, UnionType) else (says,)
    written = all(kind in (NoneType, NoReturn) or "Response" in _bases(kind) for kind in kinds)
    made = getattr(route, "response_class", None)  # not of a websocket
    if written or "JSONResponse" not in _bases(getattr(made, "value", made)):
        return
    empty = route.status_code in (204, 205) or 300 <= (route.status_code or 200) < 400
    if route.response_model in (None, Any, object) and not empty:
        wrong = f"{route.endpoint.__name__}() answers with all that an object has"
        yield "X06", f"{wrong}; annotate the model of its answer"


def _returned(route: Any) -> Any:
    try:
        return get_type_hints(inspect.unwrap(route.endpoint)).get("return", Any)
    except NameError:  # nobody knows it but the type checker
        return NoneType


def _shadowed(routes: list[Any]) -> Found:
    """X03, of a route whose path one above it takes for its own."""
    for number, route in enumerate(routes):
        sample, methods = re.sub(r"{[^}]*}", "1", route.path), _methods(route)
        for above in routes[:number]:
            takes = above.path != route.path and above.path_regex.match(sample)
            if takes and methods & _methods(above):
                wrong = f"{above.path} takes what is asked of {route.path}"
                yield "X03", _place(route.endpoint), f"{wrong}; declare this above it"


def _methods(route: Any) -> set[str]:
    return getattr(route, "methods", None) or set()


def _shown(route: Any) -> Iterator[tuple[str, str]]:
    """Yield answers without a row, of all rows, and with what nobody may see."""
    says, model = _returned(route), getattr(route, "response_model", None)
    reads = "GET" in _methods(route)
    if reads and get_origin(says) in (Union, UnionType) and NoneType in get_args(says):
        yield "S18", "this answers 200 and null for what is not there; raise NotFound"
    sizes = SIZES & {name for one in route.dependant.query_params for name in _names(one)}
    if reads and get_origin(model) in (list, Sequence) and not sizes:
        if not route.dependant.path_params:
            yield (
                "Q21",
                "a client cannot say how many of these it wants; use page(), or waive it if few",
            )
    for one in _models(model, []):
        for name in filter(SECRET.search, one.model_fields):
            yield "X06", f"{one.__name__}.{name} is shown to clients; leave it out"
    for name in (name for one in route.dependant.query_params for name in _names(one)):
        if SECRET.search(name):
            yield "X06", f"{name} would be in every log and history; take it from a header"


def _names(given: Any) -> set[str]:
    fields = getattr(given.field_info.annotation, "model_fields", {})
    return {given.name, *fields}


def _bases(kind: Any) -> set[str]:
    return {one.__name__ for one in getattr(kind, "__mro__", ())}


def _parameters(route: Any) -> Parameters:
    """Yield what a route is given; of queries and paths only numbers have to be bounded."""
    for each in (route.dependant, *_dependencies(route.dependant)):
        for one in each.body_params:
            yield EVERY, one.name, _annotated(one)
        for one in (*each.query_params, *each.path_params):
            convertor = getattr(route, "param_convertors", {}).get(one.name)
            open_ = type(convertor).__name__ in ("NoneType", "IntegerConvertor", "StringConvertor")
            if open_:  # else its pattern is a bound
                yield NUMBERS, one.name, _annotated(one)


def _annotated(given: Any) -> Any:
    kind, bounds = given.field_info.annotation, given.field_info.metadata
    return Annotated[(kind, *bounds)] if bounds else kind


def _of_operation(operation: Any) -> Parameters:
    for name in sorted(operation.parts.keys() & {"body", "query"}):
        yield EVERY if name == "body" else NUMBERS, name, operation.parts[name]


def _unbounded(endpoint: Any, given: Parameters) -> Found:
    """X03, for a text, a number or a list of any size."""
    for kinds, name, type_ in given:
        if not (models := _models(type_, [])):
            values = [(_place(endpoint), name, _schema(type_))]
        else:
            values = [one for model in models for one in _fields(model)]
        for where, name, schema in values:
            told = kinds is NUMBERS and name.rpartition(".")[2] in SIZES  # by Q21
            if (kind := _open(schema, kinds)) and not told:
                yield "X03", where, f"{name} takes {BOUNDS[kind][1]}"


def _fields(model: Any) -> Iterator[tuple[str, str, Any]]:
    schema = _schema(model)
    if "properties" not in schema:  # it has itself in it
        schema = schema.get("$defs", {}).get(model.__name__, {})
    for name, said in schema.get("properties", {}).items():
        yield place_of(model, name), f"{model.__name__}.{name}", said


def _schema(kind: Any) -> dict[str, Any]:
    try:
        return TypeAdapter(kind).json_schema(by_alias=False)
    except PydanticInvalidForJsonSchema:  # a type of one's own: nobody knows its bounds
        return {}


def _models(kind: Any, found: list[Any]) -> list[Any]:
    """Return the models of pydantic that are in a type, and in the fields of those."""
    fields = getattr(kind, "model_fields", {}) if kind not in found else {}
    found += [kind] if fields else []
    for inner in (*get_args(kind), *(field.annotation for field in fields.values())):
        _models(inner, found)
    return found


def _open(schema: Any, kinds: set[str]) -> str:
    """Return the type of what has no bound in a schema, "" if all has."""
    if isinstance(schema, list):
        decimal = any(one.get("type") == "number" for one in schema)
        return "" if decimal else next(filter(None, (_open(one, kinds) for one in schema)), "")
    if not isinstance(schema, dict):
        return ""
    kind = schema.get("type")
    if kind in kinds and not {"const", "enum", *BOUNDS[kind][0]} & schema.keys():
        return str(kind)
    inner = ("additionalProperties", "allOf", "anyOf", "items", "oneOf", "prefixItems")
    return next(filter(None, (_open(schema.get(key), kinds) for key in inner)), "")
