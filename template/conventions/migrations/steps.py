"""The steps: each can be taken, taken back and taken again, with rows in the tables too."""

import re
import uuid
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic.script import Script

from ..rules import Found
from .database import connected, empty_database, place_of, revisions, take
from .schema import Fact, migrated_schema

Rows = dict[str, dict[str, Any]]


def every_step_can_be_taken_back() -> Found:
    with empty_database():
        for script in revisions():
            found = list(_there_and_back(script))
            yield from found
            if found:
                return


def _there_and_back(script: Script) -> Found:
    """Go up, down and up again; tell where the schema is not what it was."""
    seen = [migrated_schema()]
    for way in ("upgrade", "downgrade", "upgrade"):
        try:
            take(script, way)
        except NotImplementedError:
            return  # the revision says that there is no way back
        except Exception as error:  # noqa: BLE001 (a revision may raise any)
            wrong = f"{way}() fails: {' '.join(str(error).split())}"
            yield "G05", place_of(script, way), wrong, "mend it"
            return
        seen.append(migrated_schema())
        if way == "downgrade" and seen[2] != seen[0]:
            yield from _differences(place_of(script, way), seen[0], seen[2])
            return
    for _, fact in sorted(seen[1] ^ seen[3]):
        wrong = f"a second upgrade() differs in {fact}"
        yield "G05", place_of(script), wrong, "make the same of it each time"


def _differences(place: str, before: set[Fact], after: set[Fact]) -> Found:
    """Tell what a downgrade has left, and what it has not brought back."""
    for _, fact in sorted(after - before):
        yield "G05", place, f"downgrade() leaves {fact}", "take back all that upgrade() does"
    for _, fact in sorted(before - after):
        yield "G05", place, f"downgrade() lacks {fact}", "restore what was there"


def no_step_loses_a_value() -> Found:
    """Take each step with one row in each table, whose texts are as long as they may be."""
    with empty_database():
        for script in revisions():
            found = list(_with_rows(script))
            yield from found
            if found:
                return


def _with_rows(script: Script) -> Found:
    before = connected(fill)
    for way in ("upgrade", "downgrade"):
        try:
            take(script, way)
        except NotImplementedError:
            return
        except Exception as error:  # noqa: BLE001 (a revision may raise any)
            if not any(before.values()):
                return  # G05 tells of it
            reason = " ".join(str(error).split())[:160].replace(";", ",")
            wrong = f"with rows in the tables {way}() fails: {reason}"
            instead = "give a default, or change the rows before, in a revision of their own"
            yield "G16", place_of(script, way), wrong, instead
            return
        if way == "upgrade":
            yield from _made_up(script, before, connected(required))
    after = connected(rows)
    for table, row in before.items():
        for column, value in row.items():
            there = after.get(table, {})
            if there and there.get(column) != value:
                wrong = f"{table}.{column} is lost on the way there and back"
                instead = "rename it, or copy it, or raise NotImplementedError in downgrade()"
                yield "G16", place_of(script), wrong, instead
    take(script, "upgrade")


def _made_up(script: Script, before: Rows, now: Rows) -> Found:
    """Find new columns for which the database has made a value up, as MySQL does."""
    for table, columns in now.items():
        for column, value in columns.items():
            if before.get(table) and column not in before[table] and value in (0, "", b""):
                wrong = f"{table}.{column} is required, and rows that are there have no value"
                instead = "add a server_default, or add it as nullable and fill it first"
                yield "G16", place_of(script), wrong, instead


def required(connection: sa.Connection) -> Rows:
    """Return the values of a row of each table that have to be there, without a default."""
    inspector = sa.inspect(connection)
    return {
        table: {
            one["name"]: row.get(one["name"])
            for one in inspector.get_columns(table)
            if not one["nullable"] and one["default"] is None
        }
        for table, row in rows(connection).items()
    }


def rows(connection: sa.Connection) -> Rows:
    """Return a row of each table."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return {
        table.name: dict(connection.execute(sa.select(table)).mappings().first() or {})
        for table in metadata.sorted_tables
        if not table.name.startswith("alembic_")
    }


def fill(connection: sa.Connection) -> Rows:
    """Put a row into each table that has none; where one is refused, leave it."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    inspector = sa.inspect(connection)
    for table in metadata.sorted_tables:
        there = rows(connection)
        if table.name.startswith("alembic_") or there[table.name]:
            continue
        checks = " ".join(one["sqltext"] for one in inspector.get_check_constraints(table.name))
        values = {
            column.name: _value(column, there, checks)
            for column in table.columns
            if column.computed is None
        }
        try:
            with connection.begin_nested():
                connection.execute(table.insert().values(values))
        except sa.exc.DBAPIError:
            continue
    return rows(connection)


def _value(column: sa.Column[Any], there: Rows, checks: str) -> Any:
    for key in column.foreign_keys:
        return there.get(key.column.table.name, {}).get(key.column.name)
    kind = column.type
    if isinstance(kind, sa.Uuid):
        return uuid.UUID(int=1) if kind.as_uuid else uuid.UUID(int=1).hex
    if isinstance(kind, sa.String):
        allowed = re.search(
            rf"\b{column.name}\b[^']*\b(?:IN|ANY)\b[^']*'([^']*)'", checks, re.IGNORECASE
        )
        length = min(getattr(kind, "length", None) or 300, 10_000)
        return allowed[1] if allowed else "x" * length
    known: dict[type, Any] = {bool: True, bytes: b"x", date: date(2026, 1, 1), dict: {}}
    known[datetime] = datetime(2026, 1, 1, tzinfo=UTC if getattr(kind, "timezone", 0) else None)
    try:
        python = kind.python_type
    except NotImplementedError:
        return None
    return known.get(python, 1)
