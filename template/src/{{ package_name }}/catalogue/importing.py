{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Importing products from CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import ValidationError

from ..database.errors import CheckFailed
from ..database.rows import Row, Upserted
from .schemas import ProductRow

COLUMNS = list(ProductRow.model_fields)


@dataclass(frozen=True)
class Rejected:
    """A line that was not imported, and why."""

    line: int
    error: str


@dataclass
class Imported:
    """What an import did."""

    inserted: int = 0
    updated: int = 0
    rejected: list[Rejected] = field(default_factory=list)


class ProductStore(Protocol):
    """What an import needs of the repository."""

    async def upsert_many(
        self, rows: Iterable[Row], *, key: Sequence[str], update: Sequence[str]
    ) -> Upserted:
        """Insert rows, or update those whose `key` is there already."""


async def import_products(
    products: ProductStore, lines: Iterable[str], *, strict: bool = False
) -> Imported:
    """Insert or update the products of a CSV file.

    A bad line is reported and skipped; with `strict` it stops the import. Raises
    CheckFailed then, and for a file that is not such a CSV at all.
    """
    imported = Imported()
    rows = _rows(lines, imported.rejected, strict=strict)
    counts = await products.upsert_many(
        rows, key=["sku"], update=["name", "price_cents", "stock"]
    )
    imported.inserted, imported.updated = counts
    return imported


def _rows(
    lines: Iterable[str], rejected: list[Rejected], *, strict: bool
) -> Iterator[Row]:
    reader = csv.reader(lines, strict=True)
    try:
        columns = next(reader, [])
        if sorted(columns) != sorted(COLUMNS):
            raise CheckFailed(f"the first line has to be: {','.join(COLUMNS)}")
        for values in filter(None, reader):  # an empty line is none
            row = _row(columns, values)
            if not isinstance(row, str):
                yield row
            elif strict:
                raise CheckFailed(f"line {reader.line_num}: {row}")
            else:
                rejected.append(Rejected(reader.line_num, row))
    except csv.Error as error:
        raise CheckFailed(f"line {reader.line_num}: {error}") from error
    except UnicodeDecodeError as error:
        raise CheckFailed("it is not encoded in UTF-8") from error


def _row(columns: list[str], values: list[str]) -> Row | str:
    """Return the row, or what is wrong with it."""
    if len(values) != len(columns):
        return f"it has {len(values)} values instead of {len(columns)}"
    try:
        row = dict(zip(columns, values, strict=True))
        return ProductRow.model_validate_strings(row).model_dump()
    except ValidationError as error:
        return "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
{% endcall %}
