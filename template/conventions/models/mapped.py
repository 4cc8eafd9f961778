"""All mappers and tables of the application, and where they are written."""

import ast
import inspect
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Constraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.exc import SAWarning
from sqlalchemy.orm import DeclarativeBase, Mapper

from ..project import modules, place, project, text, tree

AnyMapper = Mapper[Any]


@cache
def base() -> Any:
    """Import every model, and return what all inherit."""
    package = project().package
    import_module(f"{package}.{project().main}")
    every = (one for one in DeclarativeBase.__subclasses__() if one.__module__.startswith(package))
    base = next(every)
    # What SQLAlchemy warns of here is M07's to tell, with a place.
    with warnings.catch_warnings(action="ignore", category=SAWarning):
        base.registry.configure()
    return base


@cache
def mappers() -> list[AnyMapper]:
    """Return the mappers of tables. A class may also be mapped to a view or a query."""
    tables = set(base().metadata.tables.values())
    return sorted(
        (mapper for mapper in base().registry.mappers if mapper.local_table in tables),
        key=lambda mapper: (len(mapper.class_.__mro__), mapper.class_.__name__),
    )


def mappers_of(table: object) -> Iterator[AnyMapper]:
    """Yield the mappers of a table, the base class first."""
    return (mapper for mapper in mappers() if mapper.local_table is table)


def keys(table: Table) -> Iterator[list[str]]:
    """Yield the columns of each unique key; and those that each index begins with.

    An index of some rows only counts if these are the ones with a value.
    """
    yield from unique_keys(table)
    for index in table.indexes:
        named = [getattr(one, "name", "") for one in index.expressions if isinstance(one, Column)]
        plain = isinstance(next(iter(index.expressions), None), Column)
        if plain and all("IS NOT NULL" in one for one in conditions(index)):
            yield named


def unique_keys(table: Table) -> Iterator[list[str]]:
    """Yield the columns of the primary key, and of each unique constraint."""
    for key in table.constraints:
        if isinstance(key, PrimaryKeyConstraint | UniqueConstraint) and key.columns:
            yield key.columns.keys()


def conditions(index: Index) -> list[str]:
    """Return the conditions of an index of some rows."""
    every = (options.get("where") for options in index.dialect_options.values())
    return [str(one).upper() for one in every if one is not None]


def leads_an_index(column: Column[Any]) -> bool:
    """Tell whether a column is the first of an index or a key."""
    return any(names[0] == column.name for names in keys(column.table))


def without_index() -> set[str]:
    """Return the places of the columns that lead no index: guards know who asks for them."""
    every = (column for table in base().metadata.tables.values() for column in table.columns)
    return {where(column.table, [column]) for column in every if not leads_an_index(column)}


def name_of(table: Table, columns: Sequence[Column[Any]] = ()) -> str:
    """Name a table or its columns as the code does, `Order.customer_id`, if it is mapped."""
    mapper = next(mappers_of(table), None)
    owner = mapper.class_.__name__ if mapper else table.name
    return ".".join(filter(None, [owner, ", ".join(column.name for column in columns)]))


def columns_of(item: Constraint | Index) -> list[Column[Any]]:
    """Return the columns of what has any."""
    return list(getattr(item, "columns", ()))


# Places


def where(table: Table, columns: Sequence[Column[Any]] = ()) -> str:
    """Return the place of a column; of several, that of `__table_args__` or the table."""
    column = columns[0] if len(columns) == 1 else None
    for mapper in mappers_of(table):
        if column is None:
            return place_of(mapper.class_, "__table_args__")
        if column in mapper.columns.values():
            return place_of(mapper.class_, mapper.get_property_by_column(column).key)
    return _tables().get((table.name, column.name if column is not None else "")) or _tables().get(
        (table.name, ""), table.name
    )


def place_of(model: type, attribute: str = "") -> str:
    """Return the place of a class, or of its attribute, wherever that is inherited from."""
    if attribute and (found := written(model, attribute)):
        return place(_file(found[0]), found[1].lineno)
    statement = _statements(_file(model)).get(model.__qualname__)
    return place(_file(model), statement.lineno) if statement else model.__qualname__


def written(model: type, attribute: str) -> tuple[type, ast.stmt] | None:
    """Return the class that has the attribute in its body, and the statement there."""
    for parent in model.__mro__:
        if found := _statements(_file(parent)).get(f"{parent.__qualname__}.{attribute}"):
            return parent, found
    return None


@cache
def _file(model: type) -> Path:
    """Return the module of a class, "" for one that is not the project's."""
    try:
        path = Path(inspect.getfile(model))
    except (OSError, TypeError):
        return Path()
    return path if path in modules("src", "tests") else Path()


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
    for path in (path for path in modules("src") if "Table(" in text(path)):
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
