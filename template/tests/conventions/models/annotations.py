"""What annotations say: a column is nullable if its type is `| None`."""

import ast
import sys
from collections.abc import Iterator
from types import NoneType
from typing import Annotated, get_args, get_origin

from sqlalchemy import Column

from ..finding import Finding
from ..sources import place_of, written
from .schema import AnyMapper


def annotations_decide_about_null(mapper: AnyMapper) -> Iterator[Finding]:
    """M04."""
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
            yield Finding("M04", place_of(model, attribute.key), wrong, instead)


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
