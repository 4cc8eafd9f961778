{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The catalogue on the command line."""

import math
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import progress
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncSession

from ..commands import perform
from ..database.retry import run
from .importing import Imported
from .importing import import_products as import_lines
from .repository import ProductRepository

cli = typer.Typer()


@cli.command()
def import_products(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    strict: Annotated[bool, typer.Option(help="A bad line stops it.")] = False,
) -> None:
    """Insert or update the products of a CSV file: sku,name,price_cents,stock."""
    work = partial(_import, path=path, strict=strict)
    # A file may be of any length.
    imported = perform(partial(run, work=work, seconds=math.inf))
    for rejected in imported.rejected:
        typer.echo(f"line {rejected.line}: {rejected.error}", err=True)
    typer.echo(
        f"{imported.inserted} inserted, {imported.updated} updated, "
        f"{len(imported.rejected)} rejected"
    )


async def _import(session: AsyncSession, path: Path, strict: bool) -> Imported:
    # Opened in here: work that is run again begins again with the first line.
    with progress.open(
        path,
        "r",
        encoding="utf-8-sig",
        newline="",
        description="Importing",
        console=Console(stderr=True),
    ) as lines:
        products = ProductRepository(session)
        return await import_lines(products, lines, strict=strict)
{% endcall %}
