"""Where things are written: `path:line` of models, their attributes and tables."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .config import project

PARTS = ("src", "migrations", "tests")


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Return the modules in these folders of the project."""
    found = ((project().root / folder).rglob("*.py") for folder in folders)
    return tuple(path for paths in found for path in sorted(paths))


@cache
def text(path: Path) -> str:
    """Read a module."""
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Parse a module; one that Python refuses is as if empty: Python tells of it."""
    try:
        return ast.parse(text(path))
    except SyntaxError:
        return ast.Module([], [])


def place(path: Path, line: int) -> str:
    """Return `path:line`, as terminals and editors open it."""
    return f"{path.relative_to(project().root).as_posix()}:{line}"


def place_of(model: type, attribute: str = "") -> str:
    """Return the place of a class, or of its attribute, wherever that is inherited from."""
    if attribute and (found := written(model, attribute)):
        parent, statement = found
        return place(_file(parent), statement.lineno)
    statements = _statements(_file(model))
    if model.__qualname__ in statements:
        return place(_file(model), statements[model.__qualname__].lineno)
    return model.__qualname__


def place_of_table(name: str, column: str = "") -> str:
    """Return the place of a `Table(…)`, or of its `Column(…)`."""
    return _tables().get((name, column)) or _tables().get((name, ""), name)


def written(model: type, attribute: str) -> tuple[type, ast.stmt] | None:
    """Return the class that has the attribute in its body, and the statement there."""
    for parent in model.__mro__:
        name = f"{parent.__qualname__}.{attribute}"
        if found := _statements(_file(parent)).get(name):
            return parent, found
    return None


@cache
def _file(model: type) -> Path:
    """Return the module of a class, "" for one that is not the project's."""
    try:
        path = Path(inspect.getfile(model))
    except (OSError, TypeError):
        return Path()
    in_project = path.is_relative_to(project().root) and ".venv" not in path.parts
    return path if in_project else Path()


@cache
def _statements(path: Path) -> dict[str, ast.stmt]:
    """Return what a module defines by name: "Order", "Order.status"."""
    return dict(_named(tree(path).body)) if path.name else {}


def _named(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield prefix + name, node
                yield from _named(node.body, f"{prefix}{name}.")
            case ast.FunctionDef(name=name):
                yield prefix + name, node
                yield from _named(node.body, f"{prefix}{name}.<locals>.")
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                yield prefix + name, node


@cache
def _tables() -> dict[tuple[str, str], str]:
    """Return the places of tables without a class, and of their columns."""
    found = {}
    for path in modules("src"):
        if "Table(" not in text(path):
            continue
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
