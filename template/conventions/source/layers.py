"""The layers: the data layer, then subjects, then what wires them. None looks upwards."""

import ast
from collections.abc import Iterator

from ..config import project
from ..rules import Found, check
from .module import Module, receiver

WEB = {"fastapi", "flask", "starlette", "werkzeug"}


def _imports(m: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what a module imports, by its full name."""
    for node in m.nodes:
        if isinstance(node, ast.ImportFrom):
            yield from ((node, f"{m.source_of(node)}.{one.name}") for one in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node, one.name) for one in node.names)


@check("Q02", "module", "src data")
def no_layer_looks_up(m: Module) -> Found:
    layer, below_http = m.path.stem, m.part == "data" or m.path.stem in ("models", "repository")
    if project().source not in m.path.parents:
        return
    for node, name in _imports(m):
        first, _, rest = name.partition(".")
        part = rest.partition(".")[0]
        above = layer not in project().top and part in project().top
        if m.part == "data":
            above = part != project().data_layer
        if first == project().package and above:
            yield node, f"{layer} is a layer below {part}, and imports it", "pass it what it needs"
        if first in WEB and below_http:
            wrong = f"{layer} imports {name}, but is not for HTTP alone"
            yield node, wrong, "raise NotFound or Conflict, and let the routes answer"


@check("G06", "module", "revision")
def revisions_stand_alone(m: Module) -> Found:
    for node, name in _imports(m):
        ours = name.partition(".")[0] == project().package
        if ours and not name.endswith(".backfill"):
            wrong = "the application will change, this revision will not"
            yield node, wrong, "declare what it needs with sa.table()"


@check("G06", "module", "revision")
def alembic_commits_revisions(m: Module) -> Found:
    for name, call in m.calls:
        session = name in ("Session", "AsyncSession", "sessionmaker")
        if session or (name in ("commit", "rollback") and receiver(call)):
            wrong = "Alembic begins and commits each revision"
            yield call, wrong, "change rows by backfill()"
