"""Mapped classes: their tables, the columns that all have, what Python sees of them."""

import ast
import dataclasses
import re
import sys
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from sqlalchemy import Column
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.sql.elements import BindParameter, ClauseElement, False_, True_

from ..places import modules, place, place_of, text, tree, written
from ..rules import Found
from .mapped import AnyMapper

SECRET = re.compile(r"password|passwd|secret|token|api_?key|iban")


def of_mapper(mapper: AnyMapper) -> Found:
    """Yield what is wrong with a mapped class."""
    model, columns = mapper.class_, mapper.local_table.columns
    name = model.__name__
    found = written(model, "__tablename__") or written(model, "__table__")
    if not mapper.single and found and found[0] is not model:
        wrong = f"the name of {name}'s table is not written down"
        yield "M05", place_of(model), wrong, "state `__tablename__` in the class"
    # A row whose key has that of another, such as a line of an order, is a part of it.
    part = any(column.foreign_keys for column in mapper.local_table.primary_key)
    made, changed = columns.get("created_at"), columns.get("updated_at")
    if not part and not mapper.inherits and made is None:
        yield (
            "M14",
            place_of(model),
            f"{name} does not tell when a row was made",
            "inherit Timestamps",
        )
    if made is not None and made.server_default is None:
        instead = "inherit Timestamps, or add server_default=NOW"
        place = place_of(model, "created_at")
        yield "M14", place, f"{name}.created_at is not the database's time", instead
    if changed is not None and not (changed.onupdate or changed.server_onupdate):
        instead = "inherit Timestamps, or add onupdate=NOW"
        place = place_of(model, "updated_at")
        yield "M15", place, f"{name}.updated_at stays as it is in an update", instead
    filled = [one for one in columns if one.onupdate or one.server_onupdate]
    if filled and mapper.base_mapper.eager_defaults is not True:
        instead = "put `**Base.__mapper_args__` into `__mapper_args__`"
        place = place_of(mapper.base_mapper.class_, "__mapper_args__")
        yield "M15", place, f"{filled[0].name} is not read back after an update", instead
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        optional = may_be_none(model, attribute.key)
        if not isinstance(column, Column) or column.table is not mapper.local_table:
            continue
        # A subclass without a table cannot demand a value of the rows of others.
        shared = mapper.single and column.nullable
        if optional is not None and optional != column.nullable and not shared:
            wrong = f"{name}.{attribute.key} has nullable={column.nullable} against its annotation"
            instead = "leave out nullable, and annotate what may be NULL with `| None`"
            yield "M04", place_of(model, attribute.key), wrong, instead
    yield from _representations(mapper)
    for key, described in mapper.all_orm_descriptors.items():
        hybrid = described.extension_type is HybridExtensionType.HYBRID_PROPERTY
        if hybrid and not _is_sql(model, key):
            instead = f"add an expression, `@{key}.inplace.expression`"
            yield "M22", place_of(model, key), f"{name}.{key} cannot be used in a query", instead


def _representations(mapper: AnyMapper) -> Found:
    model = mapper.class_
    loads = {column.key for column in mapper.column_attrs if column.deferred}
    loads.update(mapper.relationships.keys())
    secrets = {one.key for one in mapper.column_attrs if SECRET.search(one.key)}
    for method in ("__repr__", "__str__"):
        read, what = _read_by(model, method), f"{method} of {model.__name__}"
        for attribute in sorted(loads & read):
            wrong = f"{what} reads {attribute}, which is to be loaded"
            yield "M20", place_of(model, method), wrong, "show columns that come with every row"
        for attribute in sorted(secrets & read):
            yield (
                "M20",
                place_of(model, method),
                f"{what} shows {attribute} to logs",
                "leave it out",
            )


def _read_by(model: type, method: str) -> set[str]:
    """Return which attributes a method reads, be it a dataclass's."""
    if dataclasses.is_dataclass(model) and method in vars(model):
        return {field.name for field in dataclasses.fields(model) if field.repr}
    found = written(model, method)
    nodes = ast.walk(found[1]) if found else ()
    read = (node for node in nodes if isinstance(node, ast.Attribute))
    return {node.attr for node in read if ast.unparse(node.value) == "self"}


def _is_sql(model: type, name: str) -> bool:
    try:
        expression: Any = getattr(model, name)
        element = expression.__clause_element__()
    except Exception:  # noqa: BLE001 (a hybrid may raise anything)
        return False
    constant = isinstance(element, BindParameter | True_ | False_)
    return isinstance(element, ClauseElement) and not constant


def may_be_none(model: type, attribute: str) -> bool | None:
    """Tell whether the annotation of an attribute says `| None`, if there is one."""
    match written(model, attribute):
        case (parent, ast.AnnAssign(annotation=annotation)):
            return _optional(annotation, parent)
        case (parent, ast.FunctionDef(returns=ast.expr() as annotation)):
            return _optional(annotation, parent)
    return None


def _optional(node: ast.expr, model: type) -> bool:
    match node:
        case ast.Constant(value=str(quoted)):
            return _optional(ast.parse(quoted, mode="eval").body, model)
        case ast.BinOp(left=left, right=right):
            return _optional(left, model) or _optional(right, model)
        case ast.Subscript(value=outer, slice=inner):
            name = ast.unparse(outer).rpartition(".")[2]
            return name == "Optional" or ("Mapped" in name and _optional(inner, model))
        case ast.Constant(value=None):
            return True
    names = vars(sys.modules[model.__module__])
    return _is_optional(names.get(ast.unparse(node)))


def _is_optional(kind: object) -> bool:
    """Tell whether an alias, such as `Note = Annotated[str | None, …]`, includes None."""
    kind = getattr(kind, "__value__", kind)
    parts = get_args(kind)[:1] if get_origin(kind) is Annotated else get_args(kind)
    return NoneType in parts or any(map(_is_optional, parts))


def not_imported() -> Found:
    """Yield the models of modules that the application does not import, nor a migration."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    imported = {Path(file).resolve() for file in files if file}
    for path in modules("src"):
        if path.resolve() not in imported and "__tablename__" in text(path):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Name) and node.id == "__tablename__":
                    wrong = "nothing imports this model, so that no migration makes it"
                    yield "G02", place(path, node.lineno), wrong, "name its subject in main.py"
