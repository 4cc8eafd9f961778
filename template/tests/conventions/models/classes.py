"""Mapped classes: their tables, the columns that all have, what Python sees of them."""

import ast
import dataclasses
from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.sql.elements import BindParameter, ClauseElement, False_, True_

from ..finding import Finding
from ..sources import place_of, written
from .schema import AnyMapper


def tables_are_named_in_the_class(mapper: AnyMapper) -> Iterator[Finding]:
    """M05."""
    model = mapper.class_
    found = written(model, "__tablename__") or written(model, "__table__")
    if not mapper.single and found and found[0] is not model:
        wrong = f"the name of {model.__name__}'s table is not written down"
        yield Finding(
            "M05", place_of(model), wrong, "state `__tablename__` in the class"
        )


def rows_tell_when_they_were_made(mapper: AnyMapper) -> Iterator[Finding]:
    """M14. A row whose key has that of another, such as a line of an order, is a part of it."""
    columns = mapper.local_table.columns
    part = any(column.foreign_keys for column in mapper.local_table.primary_key)
    if not part and not mapper.inherits and "created_at" not in columns:
        wrong = f"{mapper.class_.__name__} does not tell when a row was made"
        yield Finding("M14", place_of(mapper.class_), wrong, "inherit Timestamps")


def the_database_says_when(mapper: AnyMapper) -> Iterator[Finding]:
    """M14."""
    column = mapper.local_table.columns.get("created_at")
    if column is not None and column.server_default is None:
        wrong = f"{mapper.class_.__name__}.created_at is not the database's time"
        instead = "inherit Timestamps, or add server_default=NOW"
        yield Finding("M14", place_of(mapper.class_, "created_at"), wrong, instead)


def changes_are_dated(mapper: AnyMapper) -> Iterator[Finding]:
    """M15."""
    column = mapper.local_table.columns.get("updated_at")
    if column is not None and not (column.onupdate or column.server_onupdate):
        wrong = f"{mapper.class_.__name__}.updated_at stays as it is in an update"
        place = place_of(mapper.class_, "updated_at")
        yield Finding("M15", place, wrong, "inherit Timestamps, or add onupdate=NOW")


def what_the_database_fills_in_is_read_back(mapper: AnyMapper) -> Iterator[Finding]:
    """M15."""
    made = [c for c in mapper.local_table.columns if c.onupdate or c.server_onupdate]
    if made and mapper.base_mapper.eager_defaults is not True:
        wrong = f"{made[0].name} is not read back after an update"
        instead = "put `**Base.__mapper_args__` into `__mapper_args__`"
        place = place_of(mapper.base_mapper.class_, "__mapper_args__")
        yield Finding("M15", place, wrong, instead)


def representations_load_nothing(mapper: AnyMapper) -> Iterator[Finding]:
    """M20."""
    model = mapper.class_
    loads = {column.key for column in mapper.column_attrs if column.deferred}
    loads.update(mapper.relationships.keys())
    for method in ("__repr__", "__str__"):
        for attribute in sorted(loads & _read_by(model, method)):
            wrong = (
                f"{method} of {model.__name__} reads {attribute}, which is to be loaded"
            )
            instead = "show columns that come with every row"
            yield Finding("M20", place_of(model, method), wrong, instead)


def _read_by(model: type, method: str) -> set[str]:
    """Return which attributes a method reads, be it a dataclass's."""
    if dataclasses.is_dataclass(model) and method in vars(model):
        return {field.name for field in dataclasses.fields(model) if field.repr}
    found = written(model, method)
    return {
        node.attr
        for node in (ast.walk(found[1]) if found else ())
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    }


def hybrids_have_an_sql_form(mapper: AnyMapper) -> Iterator[Finding]:
    """M22."""
    for name, attribute in mapper.all_orm_descriptors.items():
        hybrid = attribute.extension_type is HybridExtensionType.HYBRID_PROPERTY
        if hybrid and not _is_sql(mapper.class_, name):
            wrong = f"{mapper.class_.__name__}.{name} cannot be used in a query"
            instead = f"add an expression, `@{name}.inplace.expression`"
            yield Finding("M22", place_of(mapper.class_, name), wrong, instead)


def _is_sql(model: type, name: str) -> bool:
    try:
        expression: Any = getattr(model, name)
        element = expression.__clause_element__()
    except Exception:  # noqa: BLE001 (a hybrid may raise anything)
        return False
    constant = isinstance(element, BindParameter | True_ | False_)
    return isinstance(element, ClauseElement) and not constant
