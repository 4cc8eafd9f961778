{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The catalogue on the command line."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import progress
from rich.console import Console

from ..commands import perform
from ..database.retry import run
from ..database.session import Sessions
from .importing import Imported
from .importing import import_products as import_lines

cli = typer.Typer()


@cli.command()
def import_products(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    strict: Annotated[bool, typer.Option(help="A bad line stops it.")] = False,
) -> None:
    """Insert or update the products of a CSV file: sku,name,price_cents,stock."""
    imported = perform(partial(_import, path=path, strict=strict))
    for rejected in imported.rejected:
        typer.echo(f"line {rejected.line}: {rejected.error}", err=True)
    typer.echo(
        f"{imported.inserted} inserted, {imported.updated} updated, "
        f"{len(imported.rejected)} rejected"
    )


async def _import(sessions: Sessions, path: Path, strict: bool) -> Imported:
    with progress.open(
        path,
        "r",
        encoding="utf-8-sig",
        newline="",
        description="Importing",
        console=Console(stderr=True),
    ) as lines:
        return await run(sessions, partial(import_lines, lines=lines, strict=strict))
{% endcall %}
