{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The commands that every service has."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from .connection import connected
from .database.errors import Unavailable
from .database.session import Sessions
from .health import problem_with
from .settings import load_settings

Result = TypeVar("Result")
Command = Callable[[Sessions], Awaitable[Result]]

cli = typer.Typer()


@cli.command()
def ready() -> None:
    """Tell whether the database answers and its schema is the newest."""
    perform(problem_with)
    typer.echo("ready")


def perform(command: Command[Result]) -> Result:
    """Do the work of a command. Raises Unavailable unless the database is ready."""
    return asyncio.run(_connected(command))


async def _connected(command: Command[Result]) -> Result:
    async with connected(load_settings()) as sessions:
        problem = await problem_with(sessions)
        if problem is not None:
            raise Unavailable(problem)
        return await command(sessions)
{% endcall %}
