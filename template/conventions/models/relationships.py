"""Relationships: both sides, deletes, loading."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import RelationshipDirection, RelationshipProperty

from ..places import place_of
from ..rules import Found, check
from .classes import may_be_none
from .mapped import unique_keys, where

Relationship = RelationshipProperty[Any]
MANY_TO_ONE = RelationshipDirection.MANYTOONE
ONE_TO_MANY = RelationshipDirection.ONETOMANY
MANY_TO_MANY = RelationshipDirection.MANYTOMANY


@check("M19", "relationship")
def relationships_load_nothing_by_surprise(one: Relationship) -> Found:
    if one.lazy not in {"raise", "raise_on_sql", "write_only"}:
        wrong = f"{one} is lazy={one.lazy!r}"
        instead = 'state lazy="raise", and let each query say what it loads'
        yield _place(one), wrong, instead


@check("M06", "relationship")
def optional_is_what_may_be_null(one: Relationship) -> Found:
    if one.direction is not MANY_TO_ONE or one.viewonly or one.parent.single:
        return
    nullable = any(column.nullable for column in one.local_columns)
    optional = may_be_none(one.parent.class_, one.key)
    if optional is not None and optional != nullable:
        wrong = f"{one} {_can_be(optional)} None, its foreign key {_can_be(nullable)} NULL"
        instead = "say `| None` for both, or for neither"
        yield _place(one), wrong, instead


@check("M07", "relationship")
def both_sides_know_each_other(one: Relationship) -> Found:
    for other in one.mapper.relationships:
        known = callable(one.back_populates) or one.back_populates == other.key
        if _is_other_side(one, other) and not known:
            wrong = f"{one} does not know that {other} is its other side"
            instead = f'state back_populates="{other.key}"'
            yield _place(one), wrong, instead


@check("M08", "relationship")
def parts_go_with_the_whole(one: Relationship) -> Found:
    if one.viewonly:
        return
    if one.direction is ONE_TO_MANY:
        owned = not any(column.nullable for column in one.remote_side)
        if owned and "CASCADE" in _deletes(one) and not one.cascade.delete_orphan:
            wrong = f"what is taken out of {one} stays, and belongs to nothing"
            instead = 'state cascade="all, delete-orphan"'
            yield _place(one), wrong, instead
    elif one.cascade.delete and not one.single_parent:
        wrong = f"a delete takes {one} along, which others may refer to"
        yield _place(one), wrong, "leave out the cascade"


@check("M09", "relationship")
def deletes_agree_with_the_database(one: Relationship) -> Found:
    if one.viewonly or one.direction is not ONE_TO_MANY:
        return
    cascades = "CASCADE" in _deletes(one)
    if cascades and not one.cascade.delete:
        wrong = f"the database deletes {one} with its owner, the session does not know"
        instead = 'state cascade="all, delete-orphan"'
        yield _place(one), wrong, instead
    if one.cascade.delete and not cascades:
        wrong = f"the session deletes {one} with its owner, the database does not"
        instead = 'add ondelete="CASCADE" to the foreign key'
        yield _place(one), wrong, instead
    if cascades and not one.passive_deletes:
        wrong = f"before a delete, {one} would be loaded and deleted row by row"
        yield _place(one), wrong, "state passive_deletes=True"


@check("M21", "relationship")
def pairs_are_stored_once(one: Relationship) -> Found:
    if one.viewonly or not isinstance(one.secondary, Table):
        return
    table = one.secondary
    ends = table.foreign_key_constraints
    columns = {name for key in ends for name in key.column_keys}
    if not any(columns.issuperset(key) for key in unique_keys(table)):
        wrong = f"{table.name} may hold the same pair twice"
        yield where(table), wrong, "make both keys its primary key"
    if any((key.ondelete or "").upper() != "CASCADE" for key in ends):
        wrong = f"a delete stops at {table.name}, or leaves half of a pair there"
        instead = 'state ondelete="CASCADE" for both keys'
        yield where(table), wrong, instead


def _place(one: Relationship) -> str:
    return place_of(one.parent.class_, one.key)


def _can_be(optional: bool) -> str:
    return "can be" if optional else "cannot be"


def _is_other_side(one: Relationship, other: Relationship) -> bool:
    """Tell whether two relationships write the same columns, from both ends."""
    writing = not one.viewonly and not other.viewonly
    turned = one.direction is not other.direction or one.direction is MANY_TO_MANY
    facing = other is not one and other.mapper is one.parent and turned
    return writing and facing and _columns(one) == _columns(other)


def _columns(one: Relationship) -> set[frozenset[object]]:
    return {frozenset(pair) for pair in one.local_remote_pairs or ()}


def _deletes(one: Relationship) -> set[str]:
    """Return what the database does with the many when the one is deleted."""
    return {
        (key.ondelete or "").upper()
        for column in one.remote_side
        for key in column.foreign_keys
        if key.column.table is one.parent.local_table
    }
