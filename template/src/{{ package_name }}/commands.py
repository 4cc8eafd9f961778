{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The commands that every service has."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

import typer

from . import logs
from .connection import connected
from .database import Base, IdempotencyKey, Sessions, Unavailable, purge
from .health import readiness_problem
from .settings import Settings, load_settings

Result = TypeVar("Result")
Command = Callable[[Sessions], Awaitable[Result]]

cli = typer.Typer()


@cli.command()
def ready() -> None:
    """Check that the database answers and its schema is new enough."""
    run_command(_nothing)
    typer.echo("ready")


@cli.command()
def purge_idempotency_keys(
    older_than: Annotated[int, typer.Option(min=1, metavar="DAYS")] = 7,
) -> None:
    """Delete what is remembered of requests with an Idempotency-Key."""
    for line in run_command(partial(_purge, older_than=timedelta(days=older_than))):
        typer.echo(line)


@cli.command()
def rebase_revision(
    onto: Annotated[
        str | None, typer.Option(metavar="BRANCH", help="The main branch.")
    ] = None,
) -> None:
    """Put this branch's own revisions behind those that are merged."""
    try:
        from conventions import revisions
    except ModuleNotFoundError:
        sys.exit("error: conventions/ is not here: run this where it is developed")
    try:
        for line in revisions.rebase(onto):
            typer.echo(line)
    except revisions.RefusedError as error:
        sys.exit(f"error: {error}")


def run_command(command: Command[Result], settings: Settings | None = None) -> Result:
    """Run the work of a command. Raises Unavailable unless the database is ready."""
    settings = settings or load_settings()
    logs.configure(settings)
    return asyncio.run(_connected(command, settings))


async def _nothing(sessions: Sessions) -> None:
    """Do nothing: the database is checked before each command."""


async def _purge(sessions: Sessions, older_than: timedelta) -> list[str]:
    return [
        f"{model.__tablename__}: {await purge(sessions, model, older_than)} deleted"
        for model in IdempotencyKey.__subclasses__()
        if model.metadata is Base.metadata
    ]


async def _connected(command: Command[Result], settings: Settings) -> Result:
    async with connected(settings) as sessions:
        problem = await readiness_problem(sessions)
        if problem is not None:
            raise Unavailable(problem)
        return await command(sessions)
{% endcall %}
