"""The layers: database, then subjects, then what wires them. None looks upwards."""

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import {{ package_name }} as application

from .finding import Finding, fail
from .sources import place, tree

PACKAGE = application.__name__
SOURCE = Path(application.__file__).parent
DATABASE = SOURCE / "database"
WIRING = {"main", "__main__"}
{% if served %}
BELOW_HTTP = {"models", "repository"}
WEB = {{ '{"fastapi", "starlette"}' if fastapi else '{"flask", "werkzeug"}' }}
{% endif %}


def imports(module: Path) -> Iterator[tuple[str, int]]:
    """Yield what a module imports, by its full name, and the line."""
    folders = module.relative_to(SOURCE).parent.parts
    package = ".".join((PACKAGE, *folders))
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def parts_used_by(module: Path) -> dict[str, int]:
    """Return which parts of the application a module imports, "database" …, and where."""
    names = ((name.split("."), line) for name, line in imports(module))
    return {
        name[1]: line for name, line in names if name[0] == PACKAGE and len(name) > 1
    }


def findings() -> Iterator[Finding]:
    """Yield who looks upwards."""
    for module in SOURCE.rglob("*.py"):
        used = parts_used_by(module)
        above = set() if module.stem in WIRING else WIRING
        if DATABASE in module.parents:
            above = used.keys() - {"database"}
        for part in sorted(used.keys() & above):
            wrong = f"{module.stem} is a layer below {part}, and imports it"
            where = place(module, used[part])
            yield Finding("Q02", where, wrong, "pass it what it needs")


{% if served %}
def findings_of_http() -> Iterator[Finding]:
    """Yield who answers requests, though commands and tests call it too."""
    for module in SOURCE.rglob("*.py"):
        if module.stem not in BELOW_HTTP and DATABASE not in module.parents:
            continue
        for name, line in imports(module):
            if name.split(".")[0] in WEB:
                wrong = f"{module.stem} imports {name}, but is not for HTTP alone"
                instead = "raise NotFound or Conflict, and let the routes answer"
                yield Finding("Q02", place(module, line), wrong, instead)


{% endif %}
def test_no_layer_looks_up() -> None:
    fail(findings())
{% if served %}


def test_the_data_layer_knows_no_http() -> None:
    fail(findings_of_http())
{% endif %}
