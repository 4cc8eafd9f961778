"""The catalogue on the command line."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich import progress
from rich.console import Console

from ..commands import run_command
from ..database import Sessions
from .importing import Imported, check_products, read_lines
from .importing import import_products as import_lines

cli = typer.Typer()


@cli.command()
def import_products(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    strict: Annotated[bool, typer.Option(help="Check the whole file first.")] = False,
) -> None:
    """Insert or update the products of a CSV file: sku,name,price_cents,stock."""
    if strict:
        with _opened(path, "Checking") as file:
            check_products(read_lines(file))
    imported = run_command(partial(_import, path=path))
    for rejected in imported.rejected:
        typer.echo(f"line {rejected.line}: {rejected.error}", err=True)
    if imported.rejected_count > len(imported.rejected):
        typer.echo("…", err=True)
    typer.echo(
        f"{imported.inserted} inserted, {imported.updated} updated, "
        f"{imported.rejected_count} rejected"
    )


async def _import(sessions: Sessions, path: Path) -> Imported:
    with _opened(path, "Importing") as file:
        return await import_lines(sessions, read_lines(file))


def _opened(path: Path, description: str) -> AbstractContextManager[BinaryIO]:
    console = Console(stderr=True)
    return progress.open(path, "rb", description=description, console=console)
