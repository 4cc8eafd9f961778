"""Where things are written: `path:line` of models, their attributes and tables."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules(*folders: str) -> Iterator[Path]:
    """Yield the modules in these folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text("utf-8"))


def place(path: Path, line: int) -> str:
    """Return `path:line`, as terminals and editors open it."""
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def place_of(model: type, attribute: str = "") -> str:
    """Return the place of a class, or of its attribute, wherever that is inherited from."""
    if attribute:
        for parent in model.__mro__:
            name = f"{parent.__qualname__}.{attribute}"
            if found := _classes_of(parent).get(name):
                return found
    return _classes_of(model).get(model.__qualname__, model.__qualname__)


def place_of_table(name: str, column: str = "") -> str:
    """Return the place of a `Table(…)`, or of its `Column(…)`."""
    return _tables().get((name, column)) or _tables().get((name, ""), name)


def _classes_of(model: type) -> dict[str, str]:
    """Return the places of all classes in the module of this one; none of a library's."""
    try:
        path = Path(inspect.getfile(model))
    except (OSError, TypeError):
        return {}
    in_project = path.is_relative_to(ROOT) and ".venv" not in path.parts
    return _classes(path) if in_project else {}


@cache
def _classes(path: Path) -> dict[str, str]:
    """Return the places of classes and attributes by name: "Order", "Order.status"."""
    return {name: place(path, line) for name, line in _names(tree(path).body)}


def _names(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, int]]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield prefix + name, node.lineno
                yield from _names(node.body, f"{prefix}{name}.")
            case ast.FunctionDef(name=name):
                yield prefix + name, node.lineno
                yield from _names(node.body, f"{prefix}{name}.<locals>.")
            case (
                ast.AnnAssign(target=ast.Name(id=name))
                | ast.Assign(targets=[ast.Name(id=name)])
            ):
                yield prefix + name, node.lineno


@cache
def _tables() -> dict[tuple[str, str], str]:
    """Return the places of tables without a class, and of their columns."""
    found = {}
    for path in modules("src"):
        for name, table in _calls(tree(path), "Table"):
            found[name, ""] = place(path, table.lineno)
            for column, call in _calls(table, "Column"):
                found[name, column] = place(path, call.lineno)
    return found


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of a function in a node, each with the string that it begins with."""
    for call in ast.walk(node):
        match call:
            case ast.Call(
                func=ast.Name(id=called) | ast.Attribute(attr=called),
                args=[ast.Constant(value=str(name)), *_],
            ) if called == function:
                yield name, call
