"""Checks of routes: what FastAPI was told about dependencies, queries and bodies."""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .findings import Found
from .project import modules, place, project

SIZES = {"limit", "size", "page_size", "per_page", "count", "first"}


def in_routes() -> Found:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == project().package:
            for router in list(vars(module).values()):
                if type(router).__name__ == "APIRouter":
                    for route in (one for one in router.routes if hasattr(one, "dependant")):
                        for rule, says in _of_route(route):
                            yield rule, _place(route), says


def _dependencies(dependant: Any) -> Iterator[Any]:
    for one in dependant.dependencies:
        yield one
        yield from _dependencies(one)


def _place(route: Any) -> str:
    code = inspect.unwrap(route.endpoint).__code__
    path = Path(code.co_filename)
    return place(path, code.co_firstlineno) if path in modules("src") else str(route.path)


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
