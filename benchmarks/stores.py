"""The rows that are there before a race begins."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice

import sqlalchemy as sa
from contestants import inputs
from contestants.inputs import Row

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tables(engine: sa.Engine) -> dict[str, sa.Table]:
    """Return the tables that a contestant has made of the models."""
    metadata = sa.MetaData()
    metadata.reflect(engine)
    return dict(metadata.tables)


def fill(engine: sa.Engine, found: dict[str, sa.Table], *, archive: bool) -> None:
    """Fill all that is only read, unless an earlier race has."""
    for name, rows in contents(archive=archive):
        with engine.begin() as connection:
            store(connection, found[name], rows)
    with engine.begin() as connection:
        for name in found:
            analyze(connection, name)


def contents(*, archive: bool) -> Iterable[tuple[str, Iterable[Row]]]:
    """Return tables and their rows; those of the archive take a minute."""
    parents = [row for number in range(inputs.SHELVES) for row in inputs.shelf(number)]
    children = [
        {**child, "parent_id": parent["id"]}
        for parent in parents
        for child in parent.pop("children")
    ]
    grandchildren = [
        {**grandchild, "child_id": child["id"]}
        for child in children
        for grandchild in child.pop("grandchildren")
    ]
    return [
        ("bench_stored", map(written, inputs.stored(1, inputs.BASE + 1))),
        ("bench_parents", parents),
        ("bench_children", children),
        ("bench_grandchildren", grandchildren),
        (
            "bench_archive",
            map(written, inputs.stored(1, inputs.ARCHIVE * archive + 1)),
        ),
    ]


def written(row: Row) -> Row:
    """Return a row with what the database fills in."""
    return {**row, "created_at": NOW, "updated_at": NOW, "version": 1}


def store(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Insert rows into a table that is empty."""
    if connection.scalar(sa.select(table.c.id).limit(1)) is not None:
        return
    rows = iter(rows)
    while chunk := list(islice(rows, 10_000)):
        connection.execute(table.insert(), chunk)


def analyze(connection: sa.Connection, table: str) -> None:
    """Let the database count what is in a table."""
    mysql = connection.dialect.name in ("mysql", "mariadb")
    connection.exec_driver_sql(f"ANALYZE {'TABLE ' if mysql else ''}{table}")
