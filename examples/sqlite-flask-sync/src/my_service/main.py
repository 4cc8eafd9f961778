"""The application: its parts, and what they share while it runs."""

import atexit
from contextlib import ExitStack
from importlib.metadata import metadata

import typer

from . import commands, logs, routes, serving, subjects, web
from .access_log import LogRequests
from .connection import connected
from .database import Sessions
from .settings import load_settings
from .threads import Threads


def create_app(sessions: Sessions | None = None) -> web.Service:
    """Build the service; without sessions, with those of the environment's database."""
    settings = load_settings()
    if sessions is None:
        settings.require_secret_key()
        # Flask tells nobody when it ends: the process does.
        connections = ExitStack()
        atexit.register(connections.close)
        sessions = connections.enter_context(connected(settings))
    package = metadata("my-service")
    app = web.Service(__name__, sessions)
    app.info = {
        "title": "My Service",
        "description": package["Summary"],
        "version": package["Version"],
    }
    web.protect(app, settings)
    web.answer_errors_as_problems(app)
    for part in subjects.parts("routes"):
        app.register_blueprint(part.blueprint)
    app.register_blueprint(routes.blueprint)
    if settings.api_docs:
        app.register_blueprint(routes.description)
    return app


def create_server() -> LogRequests:
    """Build what the server runs: the service, in threads."""
    serving.stop_with_supervisor()
    settings = load_settings()
    logs.configure(settings)
    limit = max(settings.max_upload_size, settings.max_body_size)
    return LogRequests(Threads(create_app(), settings.http_threads, limit))


def create_cli() -> typer.Typer:
    cli = typer.Typer(
        help="My Service",
        no_args_is_help=True,
    )
    for part in subjects.parts("commands"):
        cli.add_typer(part.cli)
    cli.command()(serving.serve)
    cli.add_typer(commands.cli)
    return cli
