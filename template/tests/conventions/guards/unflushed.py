"""S09: a query that cannot see what its session has changed."""

from collections.abc import Iterator
from types import FrameType

from sqlalchemy import inspect
from sqlalchemy.orm import ColumnProperty, ORMExecuteState, RelationshipProperty

from ..finding import Finding
from .callers import place_of_first
from .findings import found
from .statements import Name, columns_in, is_by_key, names, tables_in


def guard(state: ORMExecuteState, frames: list[FrameType]) -> None:
    """Find changes that are not flushed, and would make a difference to the statement."""
    session = state.session
    if session._flushing or state.is_insert or state.is_column_load:
        return
    if session.new or session.dirty or session.deleted:
        place = place_of_first(frames)
        for model in unseen(state):
            wrong = f"the query does not see the change of a {type(model).__name__}"
            found.append(Finding("S09", place, wrong, "flush() first"))


def unseen(state: ORMExecuteState) -> Iterator[object]:
    """Yield what is stored, changed or deleted, and would be found otherwise."""
    tables, columns = tables_in(state.statement), columns_in(state.statement)
    if not is_by_key(state.statement):
        for model in (*state.session.new, *state.session.deleted):
            if tables & {table.key for table in inspect(model).mapper.tables}:
                yield model
    # What hide_deleted() adds.
    columns |= {(table, "deleted_at") for table in tables}
    for model in state.session.dirty:
        if columns.intersection(changed(model)):
            yield model


def changed(model: object) -> Iterator[Name]:
    """Yield the columns that a flush would write for what was set."""
    state = inspect(model)
    for attribute in state.mapper.attrs:
        if state.attrs[attribute.key].history.has_changes():
            if isinstance(attribute, ColumnProperty):
                yield from names(attribute.columns)
            elif isinstance(attribute, RelationshipProperty):
                yield from names(key for _, key in attribute.synchronize_pairs)
