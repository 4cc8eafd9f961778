"""Importing CSV: what the imports of all subjects have in common."""

import asyncio
import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, BinaryIO

import typer
from pydantic import BaseModel, ValidationError
from rich import progress
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from .commands import run_command
from .database import (
    InvalidInput,
    Repository,
    RowValues,
    Sessions,
    Upserted,
    run_in_unit_of_work,
)

CHUNK = 5000  # lines that are read, and stored, at a time
LONGEST = 2**16  # characters of a record; a file with a longer one is refused
REPORTED = 100  # rejected lines; more are only counted

CsvPath = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Strict = Annotated[bool, typer.Option(help="Check the whole file first.")]


@dataclass(frozen=True)
class Rejected:
    """A line that was not imported, and why."""

    line: int
    error: str


@dataclass
class Imported:
    """The result of an import; of many rejected lines `rejected` has the first."""

    inserted: int = 0
    updated: int = 0
    rejected_count: int = 0
    rejected: list[Rejected] = field(default_factory=list)

    def reject(self, line: int, error: str) -> None:
        self.rejected_count += 1
        if len(self.rejected) < REPORTED:
            self.rejected.append(Rejected(line, error))


@dataclass(frozen=True)
class CsvImport:
    """An import of lines into a table, whose rows are found by a unique key.

    A value that is left empty is the default of its field.
    """

    line: type[BaseModel]
    repository: type[Repository[Any]]
    key: list[str]

    async def run(self, sessions: Sessions, lines: Iterable[str]) -> Imported:
        """Insert or update the rows of a CSV file; commit every 5,000 lines.

        A bad line is reported and skipped. Raises InvalidInput for a file that is not
        such a CSV at all; what stands before the mistake may be stored then.
        """
        imported = Imported()
        chunks = self._chunks(lines, imported.reject)
        read = partial(next, chunks, None)
        # In a thread, since parsing would block the event loop.
        while (rows := await asyncio.to_thread(read)) is not None:
            store = partial(self._store, rows=rows)
            # waive: S14 (a file may be too large for one transaction)
            counts = await run_in_unit_of_work(sessions, store)
            imported.inserted += counts.inserted
            imported.updated += counts.updated
        return imported

    def check(self, lines: Iterable[str]) -> None:
        """Raise InvalidInput for the first line that would be rejected."""

        def refuse(line: int, error: str) -> None:
            raise InvalidInput(f"line {line}: {error}")

        for _ in self._chunks(lines, refuse):
            pass

    async def _store(self, session: AsyncSession, rows: list[RowValues]) -> Upserted:
        update = [name for name in self.line.model_fields if name not in self.key]
        repository = self.repository(session)
        return await repository.upsert_many(rows, key=self.key, update=update)

    def _chunks(
        self, lines: Iterable[str], reject: Callable[[int, str], None]
    ) -> Iterator[list[RowValues]]:
        records, fields = Records(lines), self.line.model_fields
        try:
            columns = next(records, [])
            if sorted(columns) != sorted(fields):
                raise InvalidInput(f"the first line has to be: {','.join(fields)}")
            # Empty lines are skipped.
            rows = (self._row(columns, values) for values in records if values)
            numbered = ((records.line, row) for row in rows)
            while chunk := list(islice(numbered, CHUNK)):
                for line, row in chunk:
                    if isinstance(row, str):
                        reject(line, row)
                yield [row for _, row in chunk if not isinstance(row, str)]
        except csv.Error as error:
            raise InvalidInput(f"line {records.line}: {error}") from error
        except UnicodeDecodeError as error:
            raise InvalidInput("it is not encoded in UTF-8") from error

    def _row(self, columns: list[str], values: list[str]) -> RowValues | str:
        """Return the row, or what is wrong with it."""
        if len(values) != len(columns):
            return f"it has {len(values)} values instead of {len(columns)}"
        given = zip(columns, values, strict=True)
        row = {name: value for name, value in given if value}
        try:
            return self.line.model_validate_strings(row).model_dump()
        except ValidationError as error:
            return "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())


class Records:
    """The records of a CSV file. Raises csv.Error, also for one that is too long."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.line = 0  # the number of the one that was read last
        self._size = 0  # characters of the present record
        self._reader = csv.reader(self._measured(lines), strict=True)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._size = 0
        return next(self._reader)

    def _measured(self, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            self.line += 1
            self._size += len(line)
            if self._size > LONGEST:
                raise csv.Error("it is too long, or a quote is not closed")
            yield line


def read_lines(file: IO[bytes]) -> Iterator[str]:
    """Read the lines of a CSV file, without its byte order mark."""
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    return iter(partial(text.readline, LONGEST + 1), "")


def import_from(csv_import: CsvImport, path: Path, *, strict: bool) -> None:
    """Import a file, and print what became of it."""
    if strict:
        with _opened(path, "Checking") as file:
            csv_import.check(read_lines(file))
    imported = run_command(partial(_import, csv_import=csv_import, path=path))
    for rejected in imported.rejected:
        typer.echo(f"line {rejected.line}: {rejected.error}", err=True)
    if imported.rejected_count > len(imported.rejected):
        typer.echo("…", err=True)
    typer.echo(
        f"{imported.inserted} inserted, {imported.updated} updated, "
        f"{imported.rejected_count} rejected"
    )


async def _import(sessions: Sessions, csv_import: CsvImport, path: Path) -> Imported:
    with _opened(path, "Importing") as file:
        return await csv_import.run(sessions, read_lines(file))


def _opened(path: Path, description: str) -> AbstractContextManager[BinaryIO]:
    console = Console(stderr=True)
    return progress.open(path, "rb", description=description, console=console)
