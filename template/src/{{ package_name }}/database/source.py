"""Another database with the same tables, to copy rows from."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError

from .base import Base
from .errors import CheckFailed, Unavailable
from .rows import Row
from .types import UTCDateTime


class AnyMoment(sa.TypeDecorator[datetime]):
    """A moment as any database has it: one without a zone is in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(
        self, value: datetime | None, dialect: sa.Dialect
    ) -> datetime | None:
        """Return it aware."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


@contextmanager
def reading(address: str) -> Iterator[sa.Connection]:
    """Connect to a database by its URL. It blocks: a command has nothing else to do.

    Raises CheckFailed unless it has all our tables and columns, Unavailable when it
    cannot be read.
    """
    engine = _engine(address)
    try:
        connection = engine.connect()
    except DBAPIError as error:
        raise Unavailable(f"FROM does not answer: {error.orig}") from error
    try:
        with connection:
            _check_columns(connection)
            yield connection
    finally:
        engine.dispose()


def count_rows(source: sa.Connection, table: sa.Table) -> int:
    """Count the rows of a table."""
    return source.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def unmodelled(source: sa.Connection) -> Iterator[str]:
    """Name the tables and columns that no model has, so that nothing copies them."""
    there = sa.inspect(source)
    for name in sorted({*there.get_table_names()} - {"alembic_version"}):
        table = Base.metadata.tables.get(name)
        if table is None:
            yield name
            continue
        for column in there.get_columns(name):
            if column["name"] not in table.columns and "computed" not in column:
                yield f"{name}.{column['name']}"


def stored(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that are written: not those that the database computes."""
    return [column for column in table.columns if column.computed is None]


@contextmanager
def batches(source: sa.Connection, table: sa.Table) -> Iterator[Iterator[list[Row]]]:
    """Read the rows of a table in the order of its key, 5000 at a time."""
    columns = [
        sa.type_coerce(column, _as_anywhere(column.type)).label(column.key)
        for column in stored(table)
    ]
    statement = sa.select(*columns).order_by(*table.primary_key)
    with source.execution_options(yield_per=5000).execute(statement) as result:
        yield (list(map(dict, batch)) for batch in result.mappings().partitions())


def _engine(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.get_dialect().is_async:
            url = url.set(drivername=url.get_backend_name())
        # waive: E02, E03, E08 (it is used once, of another database than ours)
        engine = sa.create_engine(url)
    except ArgumentError as error:
        raise CheckFailed("FROM is not the URL of a database") from error
    except ModuleNotFoundError as error:
        raise CheckFailed(
            f"FROM needs {error.name}: name another driver in it, or run the command "
            "by `uv run --with PACKAGE …`"
        ) from error
    if engine.dialect.name == "sqlite" and not Path(url.database or "").is_file():
        raise Unavailable(f"there is no file {url.database}")
    return engine


def _as_anywhere(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(type_, UTCDateTime):
        return AnyMoment()
    return sa.Uuid() if isinstance(type_, sa.Uuid) else type_


def _check_columns(source: sa.Connection) -> None:
    there = sa.inspect(source)
    names = set(there.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in names:
            raise CheckFailed(f"FROM has no table {table.name}: migrate it first")
        found = {column["name"] for column in there.get_columns(table.name)}
        if missing := {column.name for column in stored(table)} - found:
            column = min(missing)
            raise CheckFailed(f"FROM has no {table.name}.{column}: migrate it first")
