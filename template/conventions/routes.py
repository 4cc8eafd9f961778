"""Checks of routes: what FastAPI was told about dependencies, queries and bodies."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .config import project
from .places import place
from .rules import Found

SIZES = {"limit", "size", "page_size", "per_page", "count", "first"}


def routes() -> Iterator[Any]:
    """Yield the routes of the routers that the application's modules have, FastAPI's only."""
    package, seen = project().package, set[int]()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package:
            for router in list(vars(module).values()):
                if type(router).__name__ == "APIRouter" and id(router) not in seen:
                    seen.add(id(router))
                    yield from (one for one in router.routes if hasattr(one, "dependant"))


def _dependencies(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one
        yield from _dependencies(one)


def _place(route: Any) -> str:
    function = inspect.unwrap(route.endpoint)
    path = Path(inspect.getfile(function))
    if not path.is_relative_to(project().root):
        return str(route.path)
    lines, first = inspect.getsourcelines(function)
    offset = next(i for i, line in enumerate(lines) if re.match(r"\s*(async )?def ", line))
    return place(path, first + offset)


def of_route(route: Any) -> Found:
    """Yield what is wrong with a route."""
    for one in _dependencies(route.dependant):
        generator = inspect.isasyncgenfunction(one.call) or inspect.isgeneratorfunction(one.call)
        late = generator and getattr(one, "scope", None) != "function"
        if late and re.search(r"session|unit_of|commit\(|begin\(", inspect.getsource(one.call)):
            wrong = f"{one.call.__name__}() ends after the response"
            yield "S06", _place(route), wrong, 'state Depends(…, scope="function")'
    for one in route.dependant.query_params:
        fields = getattr(one.field_info.annotation, "model_fields", {one.name: one.field_info})
        for name, field in fields.items():
            bounds = {type(part).__name__ for part in field.metadata}
            if name in SIZES and not bounds & {"Le", "Lt"}:
                yield "Q21", _place(route), f"{name} has no upper bound", "state it: Query(le=100)"
    for one in route.dependant.body_params:
        if re.search(r"\b(dict|Any|object)\b", str(one.field_info.annotation)):
            wrong = f"{one.name} takes anything from outside"
            yield "X03", _place(route), wrong, "take a pydantic model that names its fields"
