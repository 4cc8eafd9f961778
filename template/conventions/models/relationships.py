"""Relationships: both sides, deletes, loading."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty

from ..places import place_of
from ..rules import Found
from .classes import may_be_none
from .mapped import unique_keys, where

Relationship = RelationshipProperty[Any]
MANY_TO_ONE = RelationshipDirection.MANYTOONE
ONE_TO_MANY = RelationshipDirection.ONETOMANY
MANY_TO_MANY = RelationshipDirection.MANYTOMANY


def of_relationship(one: Relationship) -> Found:
    """Yield what is wrong with a relationship."""
    place = place_of(one.parent.class_, one.key)
    if one.lazy not in {"raise", "raise_on_sql", "write_only"}:
        instead = 'state lazy="raise", and let each query say what it loads'
        yield "M19", place, f"{one} is lazy={one.lazy!r}", instead
    for other in one.mapper.relationships:
        known = callable(one.back_populates) or one.back_populates == other.key
        if _is_other_side(one, other) and not known:
            wrong = f"{one} does not know that {other} is its other side"
            yield "M07", place, wrong, f'state back_populates="{other.key}"'
    if one.viewonly:
        return
    if one.direction is MANY_TO_ONE and not one.parent.single:
        nullable = any(column.nullable for column in one.local_columns)
        optional = may_be_none(one.parent.class_, one.key)
        if optional is not None and optional != nullable:
            can = {True: "can be", False: "cannot be"}
            wrong = f"{one} {can[optional]} None, its foreign key {can[nullable]} NULL"
            yield "M06", place, wrong, "say `| None` for both, or for neither"
    if one.direction is ONE_TO_MANY:
        yield from _deletes_of_many(one, place)
    elif one.cascade.delete and not one.single_parent:
        wrong = f"a delete takes {one} along, which others may refer to"
        yield "M08", place, wrong, "leave out the cascade"
    if isinstance(one.secondary, Table):
        yield from _pairs(one.secondary)


def _deletes_of_many(one: Relationship, place: str) -> Found:
    owned = not any(column.nullable for column in one.remote_side)
    cascades = "CASCADE" in _actions(one)
    orphans = 'state cascade="all, delete-orphan"'
    if owned and cascades and not one.cascade.delete_orphan:
        yield "M08", place, f"what is taken out of {one} stays, and belongs to nothing", orphans
    if cascades and not one.cascade.delete:
        wrong = f"the database deletes {one} with its owner, the session does not know"
        yield "M09", place, wrong, orphans
    if one.cascade.delete and not cascades:
        wrong = f"the session deletes {one} with its owner, the database does not"
        yield "M09", place, wrong, 'add ondelete="CASCADE" to the foreign key'
    if cascades and not one.passive_deletes:
        wrong = f"before a delete, {one} would be loaded and deleted row by row"
        yield "M09", place, wrong, "state passive_deletes=True"
    refuses = _actions(one) & {"RESTRICT", "NO ACTION"}
    if refuses and not one.cascade.delete and one.passive_deletes != "all":
        wrong = f"a delete would set the keys of {one} to NULL, and not be refused"
        yield "M09", place, wrong, 'state passive_deletes="all"'


def _pairs(table: Table) -> Found:
    ends = table.foreign_key_constraints
    columns = {name for key in ends for name in key.column_keys}
    if not any(columns.issuperset(key) for key in unique_keys(table)):
        wrong = f"{table.name} may hold the same pair twice"
        yield "M21", where(table), wrong, "make both keys its primary key"
    if any((key.ondelete or "").upper() != "CASCADE" for key in ends):
        wrong = f"a delete stops at {table.name}, or leaves half of a pair there"
        yield "M21", where(table), wrong, 'state ondelete="CASCADE" for both keys'


def _is_other_side(one: Relationship, other: Relationship) -> bool:
    """Tell whether two relationships write the same columns, from both ends."""
    writing = not one.viewonly and not other.viewonly
    turned = one.direction is not other.direction or one.direction is MANY_TO_MANY
    facing = other is not one and other.mapper is one.parent and turned
    return writing and facing and _columns(one) == _columns(other)


def _columns(one: Relationship) -> set[frozenset[object]]:
    return {frozenset(pair) for pair in one.local_remote_pairs or ()}


def _actions(one: Relationship) -> set[str]:
    """Return what the database does with the many when the one is deleted."""
    return {
        (key.ondelete or "").upper()
        for column in one.remote_side
        for key in column.foreign_keys
        if key.column.table in one.parent.tables
    }
