{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The commands that every service has."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from .connection import connected
from .database.base import Base
from .database.errors import Unavailable
from .database.idempotency import IdempotencyKey, purge
from .database.session import Sessions, unit_of_work
from .database.source import count_rows, reading, unmodelled
from .database.transfer import copy_table
from .health import problem_with
from .settings import Settings, load_settings

Result = TypeVar("Result")
Command = Callable[[Sessions], Awaitable[Result]]

cli = typer.Typer()


@cli.command()
def ready() -> None:
    """Tell whether the database answers and its schema is new enough."""
    perform(problem_with)
    typer.echo("ready")


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
    for line in perform(partial(_copy, address=source), settings):
        typer.echo(line)


@cli.command()
def purge_idempotency_keys(
    older_than: Annotated[int, typer.Option(min=1, metavar="DAYS")] = 7,
) -> None:
    """Delete what is remembered of requests with an Idempotency-Key."""
    for line in perform(partial(_purge, older_than=timedelta(days=older_than))):
        typer.echo(line)


def perform(command: Command[Result], settings: Settings | None = None) -> Result:
    """Do the work of a command. Raises Unavailable unless the database is ready."""
    return asyncio.run(_connected(command, settings or load_settings()))


async def _copy(sessions: Sessions, address: str) -> list[str]:
    async with unit_of_work(sessions) as session:
        told = []
        with reading(address) as source, Progress(console=Console(stderr=True)) as bars:
            # Those that others refer to come first.
            for table in Base.metadata.sorted_tables:
                bar = bars.add_task(table.name, total=count_rows(source, table))
                advance = partial(bars.advance, bar)
                count = await copy_table(session, source, table, advance)
                told.append(f"{table.name}: {count} copied")
            names = list(unmodelled(source))
        return told + [f"{name}: not copied, no model has it" for name in names]


async def _purge(sessions: Sessions, older_than: timedelta) -> list[str]:
    return [
        f"{model.__tablename__}: {await purge(sessions, model, older_than)} deleted"
        for model in IdempotencyKey.__subclasses__()
        if model.metadata is Base.metadata
    ]


async def _connected(command: Command[Result], settings: Settings) -> Result:
    async with connected(settings) as sessions:
        problem = await problem_with(sessions)
        if problem is not None:
            raise Unavailable(problem)
        return await command(sessions)
{% endcall %}
