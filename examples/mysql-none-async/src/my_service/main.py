"""The application: its parts."""

import typer

from . import commands, subjects


def create_cli() -> typer.Typer:
    cli = typer.Typer(
        help="My Service",
        no_args_is_help=True,
    )
    for part in subjects.parts("commands"):
        cli.add_typer(part.cli)
    cli.add_typer(commands.cli)
    return cli
