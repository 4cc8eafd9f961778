"""The layers: database, then subjects, then what wires them. None looks upwards."""

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import {{ package_name }} as application

PACKAGE = application.__name__
SOURCE = Path(application.__file__).parent
WIRING = {"main", "__main__"}


def imports(module: Path) -> Iterator[str]:
    """Yield what a module imports, by its full name."""
    folders = module.relative_to(SOURCE).parent.parts
    package = ".".join((PACKAGE, *folders))
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def parts_used_by(module: Path) -> set[str]:
    """Return which parts of the application a module imports: "database", "main" …"""
    names = (name.split(".") for name in imports(module))
    return {name[1] for name in names if name[0] == PACKAGE and len(name) > 1}


def test_the_data_layer_knows_nothing_of_the_application() -> None:
    for module in (SOURCE / "database").rglob("*.py"):
        above = parts_used_by(module) - {"database"}
        assert not above, f"{module} imports {above}; pass it what it needs"


def test_nothing_knows_who_wires_it() -> None:
    for module in SOURCE.rglob("*.py"):
        if module.stem not in WIRING:
            above = parts_used_by(module) & WIRING
            assert not above, f"{module} imports {above}; pass it what it needs"
