"""Copying all rows of another database, on the command line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from .commands import run_command
from .database import (
    Base,
    Conflict,
    InvalidInput,
    RowValues,
    Sessions,
    Unavailable,
    unit_of_work,
)
from .database.postgresql.bulk import insert_rows
from .database.rows import rows_with_keys
from .database.types import UTCDateTime
from .settings import load_settings

cli = typer.Typer()


@cli.command()
def copy_data(
    source: Annotated[str, typer.Argument(metavar="FROM", help="The URL to read.")],
    target: Annotated[
        str | None,
        typer.Argument(metavar="TO", help="The URL to write to, or else DATABASE_URL."),
    ] = None,
) -> None:
    """Copy all rows of another database that are not here yet; all or none."""
    settings = load_settings(database_url=target) if target else load_settings()
    for line in run_command(partial(copy_all, address=source), settings):
        typer.echo(line)


async def copy_all(sessions: Sessions, address: str) -> list[str]:
    """Copy the rows of all tables; return a line for each. Raises as `copy_table`."""
    async with unit_of_work(sessions) as session:
        report = []
        with (
            read_from(address) as source,
            Progress(console=Console(stderr=True)) as bars,
        ):
            # Tables come before those that refer to them.
            for table in Base.metadata.sorted_tables:
                bar = bars.add_task(table.name, total=count_rows(source, table))
                advance = partial(bars.advance, bar)
                count = await copy_table(session, source, table, advance)
                report.append(f"{table.name}: {count} copied")
            names = list(unmodelled(source))
        return report + [f"{name}: not copied, no model has it" for name in names]


async def copy_table(
    session: AsyncSession,
    source: sa.Connection,
    table: sa.Table,
    advance: Callable[[int], object],
) -> int:
    """Insert the rows that are missing here and return how many.

    `advance` is called with the number of rows compared. Raises Conflict, also when another row has
    the key of one, ReferenceMissing or CheckFailed.
    """
    count = 0
    with batches(source, table) as chunks:
        for rows in chunks:
            if new := await _absent(session, table, rows):
                await insert_rows(session, table, new)
            count += len(new)
            advance(len(rows))
    if (column := table.autoincrement_column) is not None:
        # Rows inserted with their key do not advance the sequence; never set it back.
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        newest = sa.select(sa.func.max(column)).scalar_subquery()
        ahead = newest > sa.func.coalesce(sa.func.pg_sequence_last_value(sequence), 0)
        await session.execute(sa.select(sa.func.setval(sequence, newest)).where(ahead))
    return count


async def _absent(
    session: AsyncSession, table: sa.Table, rows: Sequence[RowValues]
) -> list[RowValues]:
    columns = list(table.primary_key)
    absent = {_key(table, row): row for row in rows}
    wanted = list(absent) if len(columns) > 1 else [value for (value,) in absent]
    statement = sa.select(*written_columns(table))
    present = await session.execute(statement.where(rows_with_keys(columns, wanted)))
    for row in present.mappings():
        key = _key(table, row)
        if absent.pop(key, None) != row:
            name = " ".join(map(str, (table.name, *key)))
            raise Conflict(f"TO has another row {name}: begin with an empty database")
    return list(absent.values())


def _key(table: sa.Table, row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[column.key] for column in table.primary_key)


class _AnyDateTime(sa.TypeDecorator[datetime]):
    """A time as any database has it: one without a zone is in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_result_value(
        self, value: datetime | None, dialect: sa.Dialect
    ) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


@contextmanager
def read_from(address: str) -> Iterator[sa.Connection]:
    """Connect to a database by its URL. It blocks: a command has nothing else to do.

    Raises InvalidInput unless it has all our tables and columns, Unavailable when it
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
    return source.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def unmodelled(source: sa.Connection) -> Iterator[str]:
    """Yield the tables and columns that no model has, which nothing copies."""
    there = sa.inspect(source)
    for name in sorted({*there.get_table_names()} - {"alembic_version"}):
        table = Base.metadata.tables.get(name)
        if table is None:
            yield name
            continue
        for column in there.get_columns(name):
            if column["name"] not in table.columns and "computed" not in column:
                yield f"{name}.{column['name']}"


def written_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Return the columns that are written: not those that the database computes."""
    return [column for column in table.columns if column.computed is None]


@contextmanager
def batches(
    source: sa.Connection, table: sa.Table
) -> Iterator[Iterator[list[RowValues]]]:
    """Read the rows of a table in the order of its key, 5000 at a time."""
    columns = [
        sa.type_coerce(column, _portable(column.type)).label(column.key)
        for column in written_columns(table)
    ]
    statement = sa.select(*columns).order_by(*table.primary_key)
    with source.execution_options(yield_per=5000).execute(statement) as result:
        yield (list(map(dict, batch)) for batch in result.mappings().partitions())


def _engine(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.get_dialect().is_async:
            url = url.set(drivername=url.get_backend_name())
        # waive: E02, E03 (it is used once, of another database than ours)
        engine = sa.create_engine(url)
    except ArgumentError as error:
        raise InvalidInput("FROM is not the URL of a database") from error
    except ModuleNotFoundError as error:
        raise InvalidInput(
            f"FROM needs {error.name}: name another driver in it, or run the command "
            "by `uv run --with PACKAGE …`"
        ) from error
    if engine.dialect.name == "sqlite" and not Path(url.database or "").is_file():
        raise Unavailable(f"there is no file {url.database}")
    return engine


def _portable(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(type_, UTCDateTime):
        return _AnyDateTime()
    return sa.Uuid() if isinstance(type_, sa.Uuid) else type_


def _check_columns(source: sa.Connection) -> None:
    there = sa.inspect(source)
    names = set(there.get_table_names())
    for table in Base.metadata.sorted_tables:
        if table.name not in names:
            raise InvalidInput(f"FROM has no table {table.name}: migrate it first")
        present = {column["name"] for column in there.get_columns(table.name)}
        if missing := {column.name for column in written_columns(table)} - present:
            column = min(missing)
            raise InvalidInput(f"FROM has no {table.name}.{column}: migrate it first")
