"""Importing products from CSV."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import TextIOWrapper
from itertools import islice
from typing import IO

from pydantic import ValidationError
from sqlalchemy.orm import Session

from ..database import InvalidInput, RowValues, Sessions, Upserted, run_in_unit_of_work
from .repository import ProductRepository
from .schemas import ProductRow

CHUNK = 5000  # lines that are read, and stored, at a time
LONGEST = 2**16  # characters of a line; a longer one is read in parts
REPORTED = 100  # rejected lines; more are only counted

COLUMNS = list(ProductRow.model_fields)


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


def read_lines(file: IO[bytes]) -> Iterator[str]:
    """Read the lines of a CSV file, without its byte order mark."""
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    return iter(partial(text.readline, LONGEST), "")


def import_products(sessions: Sessions, lines: Iterable[str]) -> Imported:
    """Insert or update the products of a CSV file; commit every 5,000 lines.

    A bad line is reported and skipped. Raises InvalidInput for a file that is not such a
    CSV at all; what stands before the mistake may be stored then.
    """
    imported = Imported()
    chunks = _chunks(lines, imported.reject)
    while (rows := _next_of(chunks)) is not None:
        # waive: S14 (a file may be too large for one transaction)
        counts = run_in_unit_of_work(sessions, partial(_store, rows=rows))
        imported.inserted += counts.inserted
        imported.updated += counts.updated
    return imported


def _store(session: Session, rows: list[RowValues]) -> Upserted:
    products, update = ProductRepository(session), ["name", "price_cents", "stock"]
    return products.upsert_many(rows, key=["sku"], update=update)


def check_products(lines: Iterable[str]) -> None:
    """Raise InvalidInput for the first line that would be rejected."""

    def refuse(line: int, error: str) -> None:
        raise InvalidInput(f"line {line}: {error}")

    for _ in _chunks(lines, refuse):
        pass


def _chunks(
    lines: Iterable[str], reject: Callable[[int, str], None]
) -> Iterator[list[RowValues]]:
    reader = csv.reader(lines, strict=True)
    try:
        columns = next(reader, [])
        if sorted(columns) != sorted(COLUMNS):
            raise InvalidInput(f"the first line has to be: {','.join(COLUMNS)}")
        # Empty lines are skipped.
        numbered = ((reader.line_num, values) for values in reader if values)
        while chunk := list(islice(numbered, CHUNK)):
            rows = []
            for line, values in chunk:
                row = _row(columns, values)
                if isinstance(row, str):
                    reject(line, row)
                else:
                    rows.append(row)
            yield rows
    except csv.Error as error:
        raise InvalidInput(f"line {reader.line_num}: {error}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput("it is not encoded in UTF-8") from error


def _next_of(chunks: Iterator[list[RowValues]]) -> list[RowValues] | None:
    return next(chunks, None)


def _row(columns: list[str], values: list[str]) -> RowValues | str:
    """Return the row, or what is wrong with it."""
    if len(values) != len(columns):
        return f"it has {len(values)} values instead of {len(columns)}"
    try:
        row = dict(zip(columns, values, strict=True))
        return ProductRow.model_validate_strings(row).model_dump()
    except ValidationError as error:
        return "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
