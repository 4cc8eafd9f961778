"""All mappers and tables of the application, and where they are written."""

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint
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
    return next(every)


@contextmanager
def configured() -> Iterator[Exception | None]:
    """Configure all mappers; return what SQLAlchemy refuses, and let the rest be looked at."""
    registry, refused = base().registry, None
    try:
        # What SQLAlchemy warns of here is M07's to tell, with a place.
        with warnings.catch_warnings(action="ignore", category=SAWarning):
            registry.configure()
    except Exception as error:  # noqa: BLE001 (names in annotations may raise any)
        refused, registry._new_mappers = error, False
    try:
        yield refused
    finally:
        registry._new_mappers = refused is not None


@cache
def mappers() -> list[AnyMapper]:
    """Return the mappers of tables. A class may also be mapped to a view or a query."""
    tables = set(base().metadata.tables.values())
    return sorted(
        (mapper for mapper in base().registry.mappers if mapper.local_table in tables),
        key=lambda mapper: (len(mapper.class_.__mro__), mapper.class_.__name__),
    )


def mappers_of(table: object) -> Iterator[AnyMapper]:
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
    for key in table.constraints:
        if isinstance(key, PrimaryKeyConstraint | UniqueConstraint) and key.columns:
            yield key.columns.keys()


def conditions(index: Index) -> list[str]:
    every = (options.get("where") for options in index.dialect_options.values())
    return [str(one).upper() for one in every if one is not None]


@cache
def leads_an_index(column: Column[Any]) -> bool:
    indexes = [[one.name for one in index.columns] for index in column.table.indexes]
    return any(names[:1] == [column.name] for names in (*indexes, *unique_keys(column.table)))


def without_index() -> set[str]:
    """Return the places of the columns that lead no index: guards know who asks for them."""
    every = (column for table in base().metadata.tables.values() for column in table.columns)
    return {where(column.table, [column]) for column in every if not leads_an_index(column)}


def name_of(table: Table, columns: Sequence[Column[Any]] = ()) -> str:
    """Name a table or its columns as the code does, `Order.customer_id`, if it is mapped."""
    mapper = next(mappers_of(table), None)
    owner = mapper.class_.__name__ if mapper else table.name
    return ".".join(filter(None, [owner, ", ".join(column.name for column in columns)]))


# Places


def where(table: Table, columns: Sequence[Column[Any]] = ()) -> str:
    """Return the place of a column; of several, that of `__table_args__` or the table."""
    column = columns[0] if len(columns) == 1 else None
    for mapper in mappers_of(table):
        if column is None:
            return place_of(mapper.class_, "__table_args__")
        if column in mapper.columns.values():
            return place_of(mapper.class_, mapper.get_property_by_column(column).key)
    return _tables().get(table.name, table.name)


def place_of(model: type, attribute: str = "") -> str:
    for parent in model.__mro__ if attribute else ():
        if line := _lines(_file(parent)).get(f"{parent.__qualname__}.{attribute}"):
            return place(_file(parent), line)
    line = _lines(_file(model)).get(model.__qualname__)
    return place(_file(model), line) if line else model.__qualname__


def place_in_models(error: Exception) -> str:
    """Return the place of what an error names: `Order.lines`, or a word in a class."""
    models: dict[str, type] = {mapper.class_.__name__: mapper.class_ for mapper in mappers()}
    for name, word in re.findall(r"\b(\w+)(?:\.|\(\w+\)\], expression ')(\w+)", str(error)):
        if name in models and (file := _file(models[name])).name:
            begins = _lines(file).get(name, 1)
            lines = enumerate(text(file).splitlines()[begins:], begins + 1)
            where = (at for at, line in lines if re.search(rf"\b{word}\b", line))
            return place(file, next(where, begins))
    return f"{project().package}.{project().main}"


def names_in(model: type) -> list[str]:
    """Return what a class has in its body; all that it has if that is elsewhere."""
    lines = _lines(_file(model))
    prefix = f"{model.__qualname__}."
    return [name.removeprefix(prefix) for name in lines if name.startswith(prefix)] or [
        *vars(model)
    ]


@cache
def _file(model: type) -> Path:
    """Return the module of a class, "" for one that is not the project's."""
    path = Path(getattr(sys.modules.get(model.__module__), "__file__", None) or "")
    return path if path in modules("src", "tests") else Path()


@cache
def _lines(path: Path) -> dict[str, int]:
    """Return where a module defines what: "Order", "Order.status"."""
    return dict(_named(tree(path).body)) if path.name else {}


def _named(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, int]]:
    for node in body:
        target = getattr(node, "target", (getattr(node, "targets", None) or [node])[0])
        name = getattr(target, "id", getattr(target, "name", ""))
        yield prefix + name, node.lineno
        local = "" if isinstance(node, ast.ClassDef) else "<locals>."
        yield from _named(getattr(node, "body", []), f"{prefix}{name}.{local}") if name else ()


@cache
def _tables() -> dict[str, str]:
    found = {}
    for path in (path for path in modules("src") if "Table(" in text(path)):
        for node in ast.walk(tree(path)):
            match node:
                case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
                    if ast.unparse(func).endswith("Table"):
                        found[name] = place(path, node.lineno)
    return found
