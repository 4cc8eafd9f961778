"""The commands that every service has."""

{% if is_async %}
import asyncio
{% endif %}
{% if flask %}
import os
import sys
{% endif %}
{% if is_async %}
from collections.abc import Awaitable, Callable
{% else %}
from collections.abc import Callable
{% endif %}
{% if served %}
from typing import Annotated, TypeVar
{% else %}
from typing import TypeVar
{% endif %}

import typer
{% if fastapi %}
import uvicorn
{% endif %}

from .connection import connected
from .database.errors import Unavailable
from .database.session import Sessions
from .health import problem_with
from .settings import load_settings

Result = TypeVar("Result")
{% if is_async %}
Command = Callable[[Sessions], Awaitable[Result]]
{% else %}
Command = Callable[[Sessions], Result]
{% endif %}

cli = typer.Typer()
{% if fastapi %}


@cli.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Serve over HTTP until SIGTERM; requests that have begun are finished."""
    load_settings()
    uvicorn.run(
        f"{__package__}.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        timeout_graceful_shutdown=8,
    )
{% endif %}
{% if flask %}


@cli.command()
def serve(
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: Annotated[int, typer.Option(min=1)] = 1,
    threads: Annotated[int, typer.Option(min=1)] = 8,
) -> None:
    """Serve over HTTP until SIGTERM; requests that have begun are finished."""
    load_settings()
    command = [sys.executable, "-m", "gunicorn", f"{__package__}.main:create_app()"]
    command += ["--bind", f"{host}:{port}", "--graceful-timeout", "8"]
    command += ["--workers", str(workers), "--threads", str(threads)]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is wanted)
{% endif %}


@cli.command()
def ready() -> None:
    """Tell whether the database answers and its schema is the newest."""
    perform(problem_with)
    typer.echo("ready")

{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}

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
