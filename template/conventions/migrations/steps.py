"""The steps: each can be taken, taken back and taken again, with rows in the tables too."""

import re
import uuid
import warnings
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic.script import Script

from ..findings import Found
from ..hints import plain
from .database import connected, empty_database, place_of, revisions, take
from .schema import migrated_schema

Rows = dict[str, dict[str, Any]]
NOT_VALID = re.compile(r"\bdialect_options not_valid True(, |$)")


@cache
def taken() -> tuple[tuple[str, str, str], ...]:
    """Take each step with one row in each table, whose texts are as long as they may be."""
    return tuple(_steps(filled=True))


def _steps(*, filled: bool, last: str = "") -> Found:
    with empty_database():
        for script in revisions():
            found = list(_there_and_back(script, connected(_fill) if filled else {}))
            yield from found
            if found or script.revision == last:
                return


def _there_and_back(script: Script, before: Rows) -> Found:
    """Go up, down and up again; tell where schema and rows are not what they were."""
    schemas, found = [migrated_schema()], False
    for way in ("upgrade", "downgrade", "upgrade"):
        try:
            take(script, way)
        except NotImplementedError:
            return  # the revision says that there is no way back
        except Exception as error:  # noqa: BLE001 (a revision may raise any)
            without = any(before.values()) and [*_steps(filled=False, last=script.revision)]
            if without == []:
                wrong = f"with rows in the tables {way}() fails: {plain(error)}"
                instead = "give a default, or change the rows before, in a revision of their own"
                yield "G16", place_of(script, way, error), f"{wrong}; {instead}"
            else:
                yield "G05", place_of(script, way, error), f"{way}() fails: {plain(error)}; fix it"
            return
        schemas.append(migrated_schema())
        if len(schemas) == 2:
            yield from _made_up(script, before, connected(_required))
            between = connected(_rows) if before else {}
        if way == "downgrade":
            lost = _lost(script, before, between)
            for one in (*_differences(script, *schemas[::2]), *lost):
                found = True
                yield one
        if found:
            return
    for _, fact in sorted(schemas[1] ^ schemas[3]):
        yield "G05", place_of(script), f"a second upgrade() differs in {fact}"


def _differences(script: Script, before: set[Any], after: set[Any]) -> Found:
    # What was validated need not be undone.
    valid = {fact: (fact[0], NOT_VALID.sub("", fact[1])) for fact in before}
    before = {valid[fact] if valid[fact] in after else fact for fact in before}
    for _, fact in sorted(after - before):
        wrong = f"downgrade() leaves {fact}"
        yield "G05", place_of(script, "downgrade"), f"{wrong}; take back all that upgrade() does"
    for _, fact in sorted(before - after):
        yield "G05", place_of(script, "downgrade"), f"downgrade() lacks {fact}; restore it"


def _lost(script: Script, before: Rows, between: Rows) -> Found:
    after = connected(_rows) if before else {}
    for table, row in before.items():
        there = between.get(table) or {}
        kept = row.keys() & there.keys() and all(there.get(k, v) == v for k, v in row.items())
        if kept and after.get(table) == {}:
            wrong = f"the rows of {table} are deleted on the way back"
            instead = "keep them, or raise NotImplementedError in downgrade()"
            yield "G16", place_of(script, "downgrade"), f"{wrong}; {instead}"
        for column, value in row.items():
            changed = after.get(table) and after[table].get(column) != value
            if changed and value is not None:  # a NULL may be filled
                lost = f"{table}.{column}"
                instead = "rename it, or copy it, or raise NotImplementedError in downgrade()"
                wrong = f"{lost} is lost on the way there and back; {instead}"
                yield "G16", place_of(script, words=lost), wrong


def _made_up(script: Script, before: Rows, now: Rows) -> Found:
    """Find new columns for which the database has made a value up, as MySQL does."""
    for table, columns in now.items():
        for column, value in columns.items():
            if before.get(table) and column not in before[table] and value in (0, "", b""):
                wrong = f"{table}.{column} is required, and rows that are there have no value"
                instead = "add a server_default, or add it as nullable and fill it first"
                yield "G16", place_of(script), f"{wrong}; {instead}"


def _required(connection: sa.Connection) -> Rows:
    """Return the values of a row of each table that have to be there, without a default."""
    inspector = sa.inspect(connection)
    return {
        table: {
            one["name"]: row.get(one["name"])
            for one in inspector.get_columns(table)
            if not one["nullable"] and one["default"] is None
        }
        for table, row in _rows(connection).items()
    }


def _tables(connection: sa.Connection) -> list[sa.Table]:
    metadata = sa.MetaData()
    with warnings.catch_warnings():
        # SQLAlchemy 2.1 warns of a CHECK that is NOT VALID: it does not know its own option.
        warnings.simplefilter("ignore", sa.exc.SAWarning)
        metadata.reflect(connection)
    return [one for one in metadata.sorted_tables if not one.name.startswith("alembic_")]


def _rows(connection: sa.Connection) -> Rows:
    tables = {table.name: sa.select(table) for table in _tables(connection)}
    return {
        name: dict(connection.execute(statement).mappings().first() or {})
        for name, statement in tables.items()
    }


def _fill(connection: sa.Connection) -> Rows:
    """Put a row into each table that has none; where one is refused, leave it."""
    for table in _tables(connection):
        there = _rows(connection)
        if not there[table.name]:
            checks = sa.inspect(connection).get_check_constraints(table.name)
            allowed = " ".join(one["sqltext"] for one in checks)
            # A sequence does not know of a key that is given to it.
            columns = [one for one in table.columns if not (one.computed or _is_counted(one))]
            values = {column.name: _value(column, there, allowed) for column in columns}
            # What is raised is the driver's error, or what a project makes of it.
            with suppress(Exception), connection.begin_nested():
                connection.execute(table.insert().values(values))
    return _rows(connection)


def _is_counted(column: sa.Column[Any]) -> bool:
    counted = column.autoincrement is True or column.identity is not None
    return column.primary_key and (counted or column.server_default is not None)


def _value(column: sa.Column[Any], there: Rows, checks: str) -> Any:
    for key in column.foreign_keys:
        return there.get(key.column.table.name, {}).get(key.column.name)
    # What ends is declared behind what begins, and has to come later.
    day = date(2026, 1, 1) + timedelta(days=column.table.columns.keys().index(column.key))
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(int=1) if kind.as_uuid else uuid.UUID(int=1).hex
    if isinstance(kind, sa.String):
        member = rf"(?i)\b{column.name}\b[^']*\b(?:IN|ANY)\b[^']*'([^']*)'"
        allowed = re.search(member, checks)
        return allowed[1] if allowed else "x" * min(kind.length or 300, 10_000)
    if isinstance(kind, sa.DateTime):
        return datetime.combine(day, datetime.min.time(), UTC if kind.timezone else None)
    try:
        return {bool: True, bytes: b"x", date: day, dict: {}}.get(kind.python_type, 1)
    except NotImplementedError:
        return None
