"""Mapped classes: their tables, the columns that all have, what Python sees of them."""

import ast
import dataclasses
import re
import sys
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.sql.elements import BindParameter, ClauseElement, False_, True_, conv

from ..places import modules, place, place_of, tree, written
from ..rules import Found, check
from .mapped import AnyMapper, base, columns_of, where

LONGEST = 63  # what every database keeps
NAMED = {
    "ck": CheckConstraint,
    "fk": ForeignKeyConstraint,
    "ix": Index,
    "pk": PrimaryKeyConstraint,
    "uq": UniqueConstraint,
}
SECRET = re.compile(r"password|passwd|secret|token|api_?key|iban")


@check("M05", "mapper")
def tables_are_named_in_the_class(mapper: AnyMapper) -> Found:
    model = mapper.class_
    found = written(model, "__tablename__") or written(model, "__table__")
    if not mapper.single and found and found[0] is not model:
        wrong = f"the name of {model.__name__}'s table is not written down"
        yield place_of(model), wrong, "state `__tablename__` in the class"


@check("M14", "mapper")
def rows_tell_when_they_were_made(mapper: AnyMapper) -> Found:
    """Find those that do not. A row whose key has that of another is a part of it."""
    columns, name = mapper.local_table.columns, mapper.class_.__name__
    part = any(column.foreign_keys for column in mapper.local_table.primary_key)
    if not part and not mapper.inherits and "created_at" not in columns:
        wrong = f"{name} does not tell when a row was made"
        yield place_of(mapper.class_), wrong, "inherit Timestamps"
    made = columns.get("created_at")
    if made is not None and made.server_default is None:
        wrong = f"{name}.created_at is not the database's time"
        instead = "inherit Timestamps, or add server_default=NOW"
        yield place_of(mapper.class_, "created_at"), wrong, instead


@check("M15", "mapper")
def changes_are_dated_and_read_back(mapper: AnyMapper) -> Found:
    column = mapper.local_table.columns.get("updated_at")
    if column is not None and not (column.onupdate or column.server_onupdate):
        wrong = f"{mapper.class_.__name__}.updated_at stays as it is in an update"
        instead = "inherit Timestamps, or add onupdate=NOW"
        yield place_of(mapper.class_, "updated_at"), wrong, instead
    made = [c for c in mapper.local_table.columns if c.onupdate or c.server_onupdate]
    if made and mapper.base_mapper.eager_defaults is not True:
        wrong = f"{made[0].name} is not read back after an update"
        instead = "put `**Base.__mapper_args__` into `__mapper_args__`"
        yield place_of(mapper.base_mapper.class_, "__mapper_args__"), wrong, instead


@check("M20", "mapper")
def representations_load_nothing_and_show_no_secret(mapper: AnyMapper) -> Found:
    model = mapper.class_
    loads = {column.key for column in mapper.column_attrs if column.deferred}
    loads.update(mapper.relationships.keys())
    secrets = {key for key in mapper.columns.keys() if SECRET.search(key)}  # noqa: SIM118 (no dict)
    for method in ("__repr__", "__str__"):
        read = _read_by(model, method)
        for attribute in sorted(loads & read):
            wrong = f"{method} of {model.__name__} reads {attribute}, which is to be loaded"
            yield place_of(model, method), wrong, "show columns that come with every row"
        for attribute in sorted(secrets & read):
            wrong = f"{method} of {model.__name__} shows {attribute} to every log"
            yield place_of(model, method), wrong, "leave it out"


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


@check("M22", "mapper")
def hybrids_have_an_sql_form(mapper: AnyMapper) -> Found:
    for name, attribute in mapper.all_orm_descriptors.items():
        hybrid = attribute.extension_type is HybridExtensionType.HYBRID_PROPERTY
        if hybrid and not _is_sql(mapper.class_, name):
            wrong = f"{mapper.class_.__name__}.{name} cannot be used in a query"
            instead = f"add an expression, `@{name}.inplace.expression`"
            yield place_of(mapper.class_, name), wrong, instead


def _is_sql(model: type, name: str) -> bool:
    try:
        expression: Any = getattr(model, name)
        element = expression.__clause_element__()
    except Exception:  # noqa: BLE001 (a hybrid may raise anything)
        return False
    constant = isinstance(element, BindParameter | True_ | False_)
    return isinstance(element, ClauseElement) and not constant


@check("M04", "mapper")
def annotations_decide_about_null(mapper: AnyMapper) -> Found:
    model = mapper.class_
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if not isinstance(column, Column) or column.table is not mapper.local_table:
            continue
        optional = may_be_none(model, attribute.key)
        # A subclass without a table cannot demand a value of the rows of others.
        shared = mapper.single and column.nullable
        if optional is not None and optional != column.nullable and not shared:
            name = f"{model.__name__}.{attribute.key}"
            wrong = f"{name} has nullable={column.nullable} against its annotation"
            instead = "leave out nullable, and annotate what may be NULL with `| None`"
            yield place_of(model, attribute.key), wrong, instead


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
        case ast.Constant(value=str(text)):
            return _optional(ast.parse(text, mode="eval").body, model)
        case ast.BinOp(left=left, right=right):
            return _optional(left, model) or _optional(right, model)
        case ast.Subscript(value=outer, slice=inner):
            name = ast.unparse(outer).rpartition(".")[2]
            mapped = "Mapped" in name and _optional(inner, model)
            return name == "Optional" or mapped
        case ast.Constant(value=None):
            return True
    names = vars(sys.modules[model.__module__])
    return _is_optional(names.get(ast.unparse(node)))


def _is_optional(kind: object) -> bool:
    """Tell whether an alias, such as `Note = Annotated[str | None, …]`, includes None."""
    kind = getattr(kind, "__value__", kind)
    parts = get_args(kind)[:1] if get_origin(kind) is Annotated else get_args(kind)
    return NoneType in parts or any(map(_is_optional, parts))


@check("M13", "models")
def every_kind_has_a_convention(_: object) -> Found:
    if missing := sorted(NAMED.keys() - base().metadata.naming_convention.keys()):
        wrong = f"the naming convention has no {', '.join(missing)}"
        yield place_of(base(), "metadata"), wrong, "use NAMING_CONVENTION of the data layer"


@check("M13", "table")
def names_come_from_the_convention(table: Table) -> Found:
    for item in (*table.constraints, *table.indexes):
        kind, name = type(item).__name__, str(item.name or "")
        place = where(table, columns_of(item))
        if not name or "NoneType" in name:
            wrong = f"a {kind} of {table.name} has no name"
            yield place, wrong, 'give it one, name="what_it_demands"'
        elif _has_a_convention(item) and not isinstance(item.name, conv):
            wrong = f"{name!r} is a name of its own for this {kind}"
            yield place, wrong, "leave out the name: the convention has one (None for an Index)"
        if len(name) > LONGEST:
            wrong = f"{name!r} has {len(name)} characters, of at most {LONGEST}"
            yield place, wrong, "shorten the names that it is made of"


def _has_a_convention(item: Constraint | Index) -> bool:
    """Tell whether the convention can name it: it has no word for an expression."""
    if isinstance(item, Index):
        return all(isinstance(expression, Column) for expression in item.expressions)
    return isinstance(item, tuple(NAMED.values()))


@check("G02", "models")
def every_model_is_imported(_: object) -> Found:
    """Find tables of modules that the application does not import, nor a migration."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    imported = {Path(file).resolve() for file in files if file}
    for path in modules("src"):
        if path.resolve() not in imported:
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Name) and node.id == "__tablename__":
                    wrong = "nothing imports this model, so that no migration makes it"
                    yield place(path, node.lineno), wrong, "name its subject in main.py"
