"""Statements: in loops, by joins, without an index, before a flush; and lost updates."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import (
    BinaryExpression,
    BooleanClauseList,
    Column,
    ColumnElement,
    Delete,
    Select,
    Table,
    Update,
    inspect,
)
from sqlalchemy.orm import ColumnProperty, Load, ORMExecuteState, RelationshipProperty, Session
from sqlalchemy.sql import operators
from sqlalchemy.sql.visitors import iterate

from ..models.mapped import leads_an_index, where
from ..project import GET, modules, place, text, tree
from ..waivers import waivers
from .frames import Frames, callers, found, from_source, part, place_of_first, tell

ROUNDS = 3
EQUALS = (operators.eq, operators.in_op)
SEARCHES = (*EQUALS, operators.lt, operators.le, operators.gt, operators.ge, operators.between_op)
Name = tuple[str, str]  # of a column: its table's and its own
COUNTS = re.compile(r"\.(\w+) [-+*/]= |(\b[\w.]+\.(\w+)) = .*\b\2 [-+*/] ")
loops: dict[tuple[str, int, int], bool] = {}  # whether a line and instruction is in one
locking: WeakSet[Session] = WeakSet()  # sessions that have locked rows
sent: WeakKeyDictionary[Session, defaultdict[str, list[object]]] = WeakKeyDictionary()


def repeated(state: ORMExecuteState, frames: Frames) -> None:
    """Q06: find a SELECT that a `for` of src/ sends for the third time in one session.

    A `while` may: it asks for page after page, or until something happens. So may the
    loop of a test.
    """
    if not state.is_select or state.is_column_load:
        return
    ours = (frame for frame in frames if part(frame) == "src")
    loop = [one for one in ours if is_in_a_loop(one)][:1]
    if not loop:
        return
    place = place_of_first(loop)
    if any(one.rule == "Q06" and one.place == place for one in found):
        return
    there = sent.setdefault(state.session, defaultdict(list))[place]
    there.append(state.statement)
    if len(there) >= ROUNDS:
        there[:] = map(str, there)  # which takes a moment, so not before
        if there.count(there[-1]) == ROUNDS:
            instead = "fetch all at once, by in_()"
            tell("Q06", loop, f"the loop sends this query for each item; {instead}")


def is_in_a_loop(frame: FrameType) -> bool:
    """Tell whether what a frame is at is done for each item of a loop."""
    code = frame.f_code
    key = (code.co_filename, frame.f_lineno, frame.f_lasti)
    if key not in loops:
        line, _, column, _ = next(islice(code.co_positions(), frame.f_lasti // 2, None))
        at = (line or 0, column or 0)
        loops[key] = any(
            (one.lineno, one.col_offset) <= at < (one.end_lineno or 0, one.end_col_offset or 0)
            for one in _repeated_parts(Path(code.co_filename))
        )
    return loops[key]


@cache
def _repeated_parts(path: Path) -> list[ast.stmt | ast.expr]:
    parts: list[ast.stmt | ast.expr] = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.For(body=body) | ast.AsyncFor(body=body):
                parts += body
            case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
                parts.append(elt)
            case ast.DictComp(key=key, value=value):
                parts += [key, value]
    return parts


def joined(state: ORMExecuteState, frames: Frames) -> None:
    """Q07: find `joinedload()` of collections in the queries of src/.

    Not those of `contains_eager()`: that join was made by hand. SQLAlchemy has no public
    names for all this.
    """
    options = getattr(state.statement, "_with_options", ())
    if state.is_relationship_load or not options or not from_source(frames):
        return
    for element in (one for load in options if isinstance(load, Load) for one in load.context):
        is_joined = ("lazy", "joined") in (element.strategy or ())
        if is_joined and "eager_from_alias" not in element.local_opts:
            along = [one for one in element.path.path if isinstance(one, RelationshipProperty)]
            if along[-1].uselist:
                wrong = f"joinedload({along[-1]}) repeats each row for every item"
                tell("Q07", frames, f"{wrong}; use selectinload()")


def unflushed(state: ORMExecuteState, frames: Frames) -> None:
    """S09: find changes that are not flushed, and would make a difference to the statement."""
    session = state.session
    if session._flushing or state.is_insert or state.is_column_load:
        return
    if session.new or session.dirty or session.deleted:
        for model in _unseen(state):
            tell("S09", frames, f"the query does not see the change of a {type(model).__name__}")


def _unseen(state: ORMExecuteState) -> Iterator[object]:
    """Yield what is stored, changed or deleted, and would be found otherwise."""
    statement: Any = state.statement
    parts = list(iterate(statement))
    tables = {part.key for part in parts if isinstance(part, Table)}
    elements = [part for part in parts if isinstance(part, ColumnElement)]
    columns = {name for one in elements for name in _names(one.base_columns)}
    # What the filter of deleted rows adds.
    columns |= {(table, "deleted_at") for table in tables}
    if not _is_by_key(statement):
        for model in (*state.session.new, *state.session.deleted):
            if tables & {table.key for table in inspect(model).mapper.tables}:
                yield model
    yield from (one for one in state.session.dirty if columns.intersection(_changed(one)))


def _changed(model: object) -> Iterator[Name]:
    state = inspect(model, raiseerr=True)
    for attribute in state.mapper.attrs:
        if state.attrs[attribute.key].history.has_changes():
            if isinstance(attribute, ColumnProperty):
                yield from _names(attribute.columns)
            elif isinstance(attribute, RelationshipProperty):
                yield from _names(key for _, key in attribute.synchronize_pairs)


def _names(columns: Any) -> Iterator[Name]:
    return ((one.table.key, one.key) for one in columns if isinstance(one, Column))


def _is_by_key(statement: Any) -> bool:
    """Tell whether a statement finds its rows by their primary key, and nothing else."""
    where = getattr(statement, "whereclause", None)
    parts = where.clauses if isinstance(where, BooleanClauseList) else [where]
    compared = (
        one for one in parts if isinstance(one, BinaryExpression) and one.operator in EQUALS
    )
    columns = [one.left for one in compared if isinstance(one.left, Column)]
    keys = {key for column in columns for key in column.table.primary_key}
    return len(columns) == len(parts) and set(_names(keys)) == set(_names(columns))


def conditions(state: ORMExecuteState, frames: Frames) -> None:
    """M11: find queries of src/ that search by columns, none of which leads an index.

    The models tell: with the few rows of a test no database needs an index. Q16: find
    NOT IN over what may have a NULL.
    """
    statement: Any = state.statement
    looked_at = from_source(frames) and not state.is_relationship_load
    for element in iterate(statement) if looked_at else ():
        # Asking a column for what it has not got takes long.
        if isinstance(element, Select | Update | Delete):
            for column in _searched_by(element.whereclause) or ():
                if not _may_lack_one(column):
                    wrong = f"it searches by {column}, which leads no index"
                    tell("M11", frames, f"{wrong}; add index=True")
        elif isinstance(element, BinaryExpression) and element.operator is operators.not_in_op:
            for column in _nullable(element.right):
                wrong = f"nothing is NOT IN a list with a NULL, as {column} may be"
                tell("Q16", frames, f"{wrong}; leave NULLs out, by is_not(None), or use ~exists()")


def _nullable(listed: Any) -> Iterator[Column[Any]]:
    """Yield the column of a subquery that may be NULL, unless it is said not to be."""
    select = next((part for part in iterate(listed) if isinstance(part, Select)), None)
    for column in select.selected_columns if select is not None else ():
        bases = [one for one in column.base_columns if isinstance(one, Column)]
        if bases and bases[0].nullable and f"{bases[0]} IS NOT NULL" not in str(select):
            yield bases[0]


def _searched_by(where: object) -> list[Column[Any]] | None:
    """Return the columns without an index that rows are searched by.

    There are none where an index finds the rows; None where no index could.
    """
    if isinstance(where, BooleanClauseList):
        parts = [part for part in map(_searched_by, where.clauses) if part is not None]
        if where.operator is operators.and_ and [] in parts:
            return []
        return [column for part in parts for column in part] if parts else None
    if not isinstance(where, BinaryExpression) or where.operator not in SEARCHES:
        return None
    sides = [side for side in (where.left, where.right) if isinstance(side, Column)]
    every = [one for side in sides for one in side.base_columns if isinstance(one, Column)]
    columns = [one for one in every if isinstance(one.table, Table)]
    if any(map(leads_an_index, columns)):
        return []
    return columns if len(columns) == 1 else None  # two columns are a join


@cache
def _may_lack_one(column: Column[Any]) -> bool:
    """Tell whether the model says that the column needs no index."""
    return any(
        one.rule == "M11" and one.place == where(column.table, [column]) for one in waivers()
    )


def in_a_get(session: Session, *_: object) -> None:
    """X05: find what a GET writes, however far below its route."""
    changed = any(map(session.is_modified, session.dirty))
    if changed or session.new or session.deleted:
        _written(callers())


def written_in_a_get(state: ORMExecuteState, frames: Frames) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _written(frames)


def _written(frames: Frames) -> None:
    for code in (frame.f_code for frame in frames):
        if (code.co_filename, code.co_firstlineno) in _gets():
            tell(
                "X05", frames, f"{code.co_name}() answers a GET, and this writes; let a POST do it"
            )


@cache
def _gets() -> set[tuple[str, int]]:
    """Return the files and lines in which the routes of src/ that answer GET begin."""
    found = set()
    for path in modules("src"):
        begins = 0  # the decorators
        for number, line in enumerate(text(path).splitlines(), 1):
            if line.startswith("@"):
                begins = begins or number
                if GET.match(line[1:]):
                    found.add((str(path), begins))
            elif re.match("(async )?def ", line):
                begins = 0
    return found


def locks(state: ORMExecuteState, _: object) -> None:
    """Note that a session locks rows."""
    if getattr(state.statement, "_for_update_arg", None) is not None:
        locking.add(state.session)


def lost_updates(session: Session, *_: object) -> None:
    """Q24: find numbers that were read, counted with and written, without lock or version."""
    if not session.dirty or session in locking or not from_source(frames := callers()):
        return
    for model in session.dirty:
        state = inspect(model)
        for key in _counted() if state.mapper.version_id_col is None else ():
            change = state.attrs[key].history if key in state.mapper.columns else None
            values = (*change.added, *change.deleted) if change and change.deleted else ()
            if values and all(isinstance(value, int | float) for value in values):
                wrong = f"{state.class_.__name__}.{key} may have changed since it was read"
                instead = "read it for_update(), inherit Versioned, or update in SQL"
                tell("Q24", _counted_at(key, frames), f"{wrong}; {instead}")


def _counted_at(key: str, frames: Frames) -> str:
    for code, line in ((frame.f_code, frame.f_lineno) for frame in frames):
        for path, at in _counted()[key]:
            if str(path) == code.co_filename and code.co_firstlineno <= at <= line:
                return place(path, at)
    return place(*_counted()[key][0])


@cache
def _counted() -> dict[str, list[tuple[Any, int]]]:
    """Return the attributes that src/ counts up or down, and where: `account.balance -= 1`."""
    found = defaultdict(list)
    for path in modules("src"):
        for number, line in enumerate(text(path).splitlines(), 1):
            for counts in COUNTS.finditer(line):
                found[counts[1] or counts[3]].append((path, number))
    return dict(found)
