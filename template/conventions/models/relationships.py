"""Relationships: both sides, deletes, loading."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty

from ..findings import Found
from .classes import may_be_none
from .mapped import place_of, unique_keys, where

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
        instead = 'add ondelete="CASCADE" to the foreign key'
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
