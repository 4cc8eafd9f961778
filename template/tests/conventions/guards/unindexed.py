"""M11: a search for which no index is of use."""

from types import FrameType
from typing import cast

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
)
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import operators
from sqlalchemy.sql.visitors import iterate

from {{ package_name }}.database import Base

from ..finding import Finding
from ..sources import place_of, place_of_table
from ..waivers import waivers
from .callers import from_source, place_of_first
from .findings import found

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


def guard(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find queries of src/ that search by columns, none of which leads an index.

    The models tell: with the few rows of a test no database needs an index.
    """
    if state.is_relationship_load or not from_source(frames):
        return
    for part in iterate(cast("ClauseElement", state.statement)):
        for column in searched_by(getattr(part, "whereclause", None)) or ():
            if not is_waived(column):
                wrong = f"it searches by {column}, which leads no index"
                place = place_of_first(frames)
                found.append(Finding("M11", place, wrong, "add index=True"))


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
    table = column.table
    places = [place_of_table(table.key, column.name)]
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            attribute = mapper.get_property_by_column(column)
            places.append(place_of(mapper.class_, attribute.key))
    return any(w.rule == "M11" and w.place in places for w in waivers())
