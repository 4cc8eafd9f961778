"""Mapped classes: their tables, the columns that all have, what Python sees of them."""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, ForwardRef, Union, get_args, get_origin

from sqlalchemy import Column, Table
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty
from sqlalchemy.sql.elements import BindParameter, ClauseElement, False_, True_

from ..findings import Found
from ..project import modules, place, text, tree
from .mapped import AnyMapper, names_in, place_of, unique_keys, where

SECRET = re.compile(r"password|passwd|secret|token|api_?key|iban|(^|_)pin$")


def of_mapper(mapper: AnyMapper) -> Found:
    for rule, attribute, says in (*_class(mapper), *_attributes(mapper), *_shown(mapper)):
        yield rule, place_of(mapper.class_, attribute), f"{mapper.class_.__name__}{says}"


def _class(mapper: AnyMapper) -> Iterator[tuple[str, str, str]]:
    model, columns = mapper.class_, mapper.local_table.columns
    if not mapper.single and not {"__tablename__", "__table__"} & set(names_in(model)):
        yield "M05", "", " does not write down the name of its table; state `__tablename__`"
    # A row whose key has that of another, such as a line of an order, is a part of it.
    part = any(column.foreign_keys for column in mapper.local_table.primary_key)
    made, changed = columns.get("created_at"), columns.get("updated_at")
    if not part and not mapper.inherits and made is None:
        yield "M14", "", " does not tell when a row was made; inherit Timestamps"
    if made is not None and made.server_default is None:
        yield "M14", "created_at", ".created_at is not the database's time; inherit Timestamps"
    if changed is not None and not (changed.onupdate or changed.server_onupdate):
        yield "M15", "updated_at", ".updated_at stays as it is in an update; inherit Timestamps"
    counted, names = mapper.version_id_col, {one.__name__ for one in model.__mro__}
    if counted is None and "Versioned" in names:
        instead = "put `**Versioned.__mapper_args__` into them, or leave them out"
        yield (
            "Q24",
            "__mapper_args__",
            f" is Versioned, and its mapper's arguments forget it; {instead}",
        )
    if counted is not None and mapper.version_id_generator is False:
        if counted.server_onupdate is None:
            yield "Q24", "__mapper_args__", f".{counted.name} is never counted; inherit Versioned"
    filled = [one.name for one in columns if one.onupdate or one.server_onupdate]
    if filled and mapper.base_mapper.eager_defaults is not True:
        instead = "put `**Base.__mapper_args__` into `__mapper_args__`"
        yield "M15", "__mapper_args__", f".{filled[0]} is not read back after an update; {instead}"


def _attributes(mapper: AnyMapper) -> Iterator[tuple[str, str, str]]:
    for attribute in mapper.column_attrs:
        column, key = attribute.columns[0], attribute.key
        optional = may_be_none(mapper.class_, key)
        if not isinstance(column, Column) or column.table is not mapper.local_table:
            continue
        # A subclass without a table cannot demand a value of the rows of others.
        shared = mapper.single and column.nullable
        if optional is not None and optional != column.nullable and not shared:
            wrong = f".{key} has nullable={column.nullable} against its annotation"
            yield "M04", key, f"{wrong}; leave out nullable, and annotate what may be NULL"
    for key, described in mapper.all_orm_descriptors.items():
        hybrid = described.extension_type is HybridExtensionType.HYBRID_PROPERTY
        if hybrid and not _is_sql(mapper.class_, key):
            instead = f"add an expression, `@{key}.inplace.expression`"
            yield "M22", key, f".{key} cannot be used in a query; {instead}"


def _shown(mapper: AnyMapper) -> Iterator[tuple[str, str, str]]:
    loads = {column.key for column in mapper.column_attrs if column.deferred}
    loads.update(mapper.relationships.keys())
    secrets = {one.key for one in mapper.column_attrs if SECRET.search(one.key)}
    for method in ("__repr__", "__str__"):
        read = _read_by(mapper.class_, method)
        for attribute in sorted(loads & read):
            instead = "show columns that come with every row"
            yield "M20", method, f".{method} reads {attribute}, which is to be loaded; {instead}"
        for attribute in sorted(secrets & read):
            yield "M20", method, f".{method} shows {attribute} to logs; leave it out"


def _read_by(model: type, method: str) -> set[str]:
    """Return which attributes a method reads, be it a dataclass's."""
    if dataclasses.is_dataclass(model) and method in vars(model):
        return {field.name for field in dataclasses.fields(model) if field.repr}
    return set(getattr(getattr(getattr(model, method), "__code__", None), "co_names", ()))


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
    for parent in model.__mro__:
        if (said := inspect.get_annotations(parent).get(attribute)) is not None:
            return _optional(next(iter(get_args(said)), said))
    return None


def _optional(kind: Any) -> bool:
    kind = getattr(kind, "__value__", kind)  # an alias
    if isinstance(kind, str | ForwardRef):
        said = str(getattr(kind, "__forward_arg__", kind))
        return re.search(r"\| None\]?$|\bOptional\[", said) is not None
    if get_origin(kind) is Annotated:
        return _optional(get_args(kind)[0])
    several = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return kind is NoneType or any(map(_optional, several))


def not_imported() -> Found:
    """Yield the models of modules that the application does not import, nor a migration."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    imported = {Path(file).resolve() for file in files if file}
    for path in modules("src"):
        names = ast.walk(tree(path)) if "__tablename__" in text(path) else ()
        for node in names if path.resolve() not in imported else ():
            if isinstance(node, ast.Name) and node.id == "__tablename__":
                wrong = "nothing imports this model, so that no migration makes it"
                yield "G02", place(path, node.lineno), f"{wrong}; keep it in a models.py"


# Relationships: both sides, deletes, loading

Relationship = RelationshipProperty[Any]
MANY_TO_ONE = RelationshipDirection.MANYTOONE
ONE_TO_MANY = RelationshipDirection.ONETOMANY
MANY_TO_MANY = RelationshipDirection.MANYTOMANY
ORPHANS = 'state cascade="all, delete-orphan"'


def of_relationship(one: Relationship) -> Found:
    for rule, says in _sides(one) if one.viewonly else (*_sides(one), *_deletes(one)):
        yield rule, place_of(one.parent.class_, one.key), f"{one} {says}"
    if isinstance(one.secondary, Table) and not one.viewonly:
        table = one.secondary
        ends = table.foreign_key_constraints
        columns = {name for key in ends for name in key.column_keys}
        if not any(columns.issuperset(key) for key in unique_keys(table)):
            yield "M21", where(table), f"{table.name} may hold the same pair twice"
        if any((key.ondelete or "").upper() != "CASCADE" for key in ends):
            wrong = f"a delete stops at {table.name}, or leaves half of a pair there"
            yield "M21", where(table), f'{wrong}; state ondelete="CASCADE" for both keys'


def _sides(one: Relationship) -> Iterator[tuple[str, str]]:
    if one.lazy not in {"raise", "raise_on_sql", "write_only"}:
        instead = 'state lazy="raise", and let each query say what it loads'
        yield "M19", f"is lazy={one.lazy!r}; {instead}"
    for other in one.mapper.relationships:
        known = callable(one.back_populates) or one.back_populates == other.key
        if _is_other_side(one, other) and not known:
            wrong = f"does not know that {other} is its other side"
            yield "M07", f'{wrong}; state back_populates="{other.key}"'


def _deletes(one: Relationship) -> Iterator[tuple[str, str]]:
    if one.direction is MANY_TO_ONE and not one.parent.single:
        nullable = any(column.nullable for column in one.local_columns)
        optional = may_be_none(one.parent.class_, one.key)
        if optional is not None and optional != nullable:
            can = {True: "can be", False: "cannot be"}
            wrong = f"{can[optional]} None, its foreign key {can[nullable]} NULL"
            yield "M06", f"{wrong}; say `| None` for both, or for neither"
    table: Any = one.mapper.local_table
    if one.direction is ONE_TO_MANY and not (one.uselist or one.order_by):
        columns = {column.name for column in one.remote_side}
        one_each = any(columns.issuperset(key) for key in unique_keys(table))
        if not one_each and not any(index.unique for index in table.indexes):
            instead = "state remote_side=, order_by=, or a unique key"
            yield "M06", f"gives any of several rows; {instead}"
    if one.direction is not ONE_TO_MANY:
        if one.cascade.delete and not one.single_parent:
            yield "M08", "is deleted along, though others may refer to it; leave out the cascade"
        return
    actions = {
        (key.ondelete or "").upper()
        for column in one.remote_side
        for key in column.foreign_keys
        if key.column.table in one.parent.tables
    }
    owned, cascades = not any(c.nullable for c in one.remote_side), "CASCADE" in actions
    if owned and cascades and not one.cascade.delete_orphan:
        yield "M08", f"keeps what is taken out of it, and belongs to nothing then; {ORPHANS}"
    if cascades and not one.cascade.delete:
        yield "M09", f"is deleted by the database, and the session does not know; {ORPHANS}"
    if one.cascade.delete and not cascades:
        instead = 'add ondelete="CASCADE" to the foreign key, or take the cascade out'
        yield "M09", f"is deleted by the session, and not by the database; {instead}"
    if cascades and not one.passive_deletes:
        wrong = "would be loaded and deleted row by row"
        yield "M09", f"{wrong}; state passive_deletes=True"
    if actions & {"RESTRICT", "NO ACTION"} and not one.cascade.delete:
        if one.passive_deletes != "all":
            wrong = "would have its keys set to NULL by a delete, which would not be refused"
            yield "M09", f'{wrong}; state passive_deletes="all"'


def _is_other_side(one: Relationship, other: Relationship) -> bool:
    """Tell whether two relationships write the same columns, from both ends."""
    pairs = [{frozenset(pair) for pair in side.local_remote_pairs or ()} for side in (one, other)]
    writing = not one.viewonly and not other.viewonly
    turned = one.direction is not other.direction or one.direction is MANY_TO_MANY
    return (
        other is not one
        and other.mapper is one.parent
        and turned
        and writing
        and (pairs[0] == pairs[1])
    )
