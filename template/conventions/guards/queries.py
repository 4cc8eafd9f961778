"""Statements: in loops, by joins, without an index, before a flush, of all rows."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from pathlib import Path
from types import FrameType
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BinaryExpression,
    BooleanClauseList,
    ClauseElement,
    Column,
    ColumnElement,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    inspect,
)
from sqlalchemy.orm import ColumnProperty, Load, ORMExecuteState, RelationshipProperty, Session
from sqlalchemy.sql import operators
from sqlalchemy.sql.visitors import iterate

from ..models.mapped import mappers_of
from ..places import place_of, place_of_table, tree
from ..waivers import waivers
from .frames import found, from_source, part, place_of_first, tell

ROUNDS = 3
SEARCHES = {
    operators.eq,
    operators.in_op,
    operators.lt,
    operators.le,
    operators.gt,
    operators.ge,
    operators.between_op,
}
Columns = list[Column[object]]
Name = tuple[str, str]  # of a column: its table's and its own
sent: WeakKeyDictionary[Session, Counter[tuple[str, str]]] = WeakKeyDictionary()


def repeated(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Q06: find a SELECT that a `for` of src/ sends for the third time in one session.

    A `while` may: it asks for page after page, or until something happens. So may the
    loop of a test.
    """
    if not state.is_select or state.is_column_load:
        return
    loop = next(filter(is_in_a_loop, frames), None)
    if loop is None:
        return
    place = place_of_first([loop])
    if any(finding.rule == "Q06" and finding.place == place for finding in found):
        return
    counts = sent.setdefault(state.session, Counter())
    counts[query := (place, str(state.statement))] += 1
    if counts[query] == ROUNDS:
        tell(
            "Q06", [loop], "the loop sends this query for each item", "fetch all at once, by in_()"
        )


def is_in_a_loop(frame: FrameType) -> bool:
    """Tell whether what a frame of src/ is at is done for each item of a loop."""
    if part(frame) != "src":
        return False
    code = frame.f_code
    line, _, column, _ = next(islice(code.co_positions(), frame.f_lasti // 2, None))
    if line is None or column is None:
        return False
    return any(
        (part.lineno, part.col_offset) <= (line, column)
        and (line, column) < (part.end_lineno or 0, part.end_col_offset or 0)
        for part in repeated_parts(Path(code.co_filename))
    )


@cache
def repeated_parts(path: Path) -> list[ast.stmt | ast.expr]:
    """Return what the loops of a module do for each item."""
    return [part for node in ast.walk(tree(path)) for part in parts_of_loop(node)]


def parts_of_loop(node: ast.AST) -> Iterator[ast.stmt | ast.expr]:
    """Yield what a `for` does for each item; nothing for all else."""
    match node:
        case ast.For(body=body) | ast.AsyncFor(body=body):
            yield from body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield node.elt
        case ast.DictComp():
            yield from (node.key, node.value)


def joined(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Q07: find `joinedload()` of collections in the queries of src/."""
    if not state.is_relationship_load and from_source(frames):
        for collection in joined_collections(state.statement):
            wrong = f"joinedload({collection}) repeats each row for every item"
            tell("Q07", frames, wrong, "use selectinload()")


def joined_collections(statement: Any) -> Iterator[RelationshipProperty[Any]]:
    """Yield the collections that the options of a statement join.

    Not those of `contains_eager()`: that join was made by hand. SQLAlchemy has no public
    names for all this.
    """
    options = getattr(statement, "_with_options", ())
    loads = [option for option in options if isinstance(option, Load)]
    for element in chain.from_iterable(load.context for load in loads):
        is_joined = ("lazy", "joined") in (element.strategy or ())
        if is_joined and "eager_from_alias" not in element.local_opts:
            steps = element.path.path
            along = [step for step in steps if isinstance(step, RelationshipProperty)]
            if along[-1].uselist:
                yield along[-1]


def of_all_rows(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Q15: find an UPDATE or DELETE of src/ without a condition."""
    changes = (state.is_update or state.is_delete) and not state.parameters
    statement: Any = state.statement
    if changes and from_source(frames) and statement.whereclause is None:
        tell("Q15", frames, "this changes every row of the table", "add a condition")


# S09: what is not flushed


def unflushed(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find changes that are not flushed, and would make a difference to the statement."""
    session = state.session
    if session._flushing or state.is_insert or state.is_column_load:
        return
    if session.new or session.dirty or session.deleted:
        for model in unseen(state):
            wrong = f"the query does not see the change of a {type(model).__name__}"
            tell("S09", frames, wrong, "flush() first")


def unseen(state: ORMExecuteState) -> Iterator[object]:
    """Yield what is stored, changed or deleted, and would be found otherwise."""
    parts = list(iterate(cast("ClauseElement", state.statement)))
    tables = {part.key for part in parts if isinstance(part, Table)}
    columns = {
        name
        for part in parts
        if isinstance(part, ColumnElement)
        for name in names(part.base_columns)
    }
    if not is_by_key(state.statement):
        for model in (*state.session.new, *state.session.deleted):
            if tables & {table.key for table in inspect(model).mapper.tables}:
                yield model
    # What the filter of deleted rows adds.
    columns |= {(table, "deleted_at") for table in tables}
    for model in state.session.dirty:
        if columns.intersection(changed(model)):
            yield model


def changed(model: object) -> Iterator[Name]:
    """Yield the columns that a flush would write for what was set."""
    state = inspect(model, raiseerr=True)
    for attribute in state.mapper.attrs:
        if state.attrs[attribute.key].history.has_changes():
            if isinstance(attribute, ColumnProperty):
                yield from names(attribute.columns)
            elif isinstance(attribute, RelationshipProperty):
                yield from names(key for _, key in attribute.synchronize_pairs)


def names(columns: Any) -> Iterator[Name]:
    """Yield the names of columns of tables."""
    for column in columns:
        if isinstance(column, Column):
            yield column.table.key, column.key


def is_by_key(statement: Any) -> bool:
    """Tell whether a statement finds its rows by their primary key, and nothing else."""
    where = getattr(statement, "whereclause", None)
    parts = where.clauses if isinstance(where, BooleanClauseList) else [where]
    columns = [
        part.left
        for part in parts
        if isinstance(part, BinaryExpression)
        and part.operator in (operators.eq, operators.in_op)
        and isinstance(part.left, Column)
    ]
    keys = {key for column in columns for key in column.table.primary_key}
    return len(columns) == len(parts) and set(names(keys)) == set(names(columns))


# M11: what is searched by


def unindexed(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find queries of src/ that search by columns, none of which leads an index.

    The models tell: with the few rows of a test no database needs an index.
    """
    if state.is_relationship_load or not from_source(frames):
        return
    for element in iterate(cast("ClauseElement", state.statement)):
        for column in searched_by(getattr(element, "whereclause", None)) or ():
            if not is_waived(column):
                wrong = f"it searches by {column}, which leads no index"
                tell("M11", frames, wrong, "add index=True")


def searched_by(where: ColumnElement[bool] | None) -> Columns | None:
    """Return the columns without an index that rows are searched by.

    There are none where an index finds the rows; None where no index could.
    """
    if isinstance(where, BooleanClauseList):
        parts = [part for part in map(searched_by, where.clauses) if part is not None]
        if where.operator is operators.and_ and [] in parts:
            return []
        return [column for part in parts for column in part] if parts else None
    if isinstance(where, BinaryExpression) and where.operator in SEARCHES:
        sides = [where.left, where.right]
        columns = [column for side in sides for column in columns_of(side)]
        if any(map(leads_an_index, columns)):
            return []
        # Two columns are a join.
        return columns if len(columns) == 1 else None
    return None


def columns_of(side: ColumnElement[object]) -> Columns:
    """Return the column of a table, or of its alias, that is compared; else nothing."""
    return [
        column
        for column in (side.base_columns if isinstance(side, Column) else ())
        if isinstance(column, Column) and isinstance(column.table, Table)
    ]


def leads_an_index(column: Column[object]) -> bool:
    """Tell whether a column is the first of an index, a key or a unique constraint."""
    kinds = (Index, PrimaryKeyConstraint, UniqueConstraint)
    items = [*column.table.indexes, *column.table.constraints]
    indexed = [list(item.columns) for item in items if isinstance(item, kinds)]
    return any(columns and columns[0] is column for columns in indexed)


def is_waived(column: Column[object]) -> bool:
    """Tell whether the model says that the column needs no index."""
    places = [place_of_table(column.table.key, column.name)]
    for mapper in mappers_of(column.table):
        attribute = mapper.get_property_by_column(column)
        places.append(place_of(mapper.class_, attribute.key))
    return any(w.rule == "M11" and w.place in places for w in waivers())
