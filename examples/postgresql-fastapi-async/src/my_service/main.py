"""The application: its parts, and what they share while it runs."""

from importlib.metadata import metadata

import typer
from starlette.middleware.trustedhost import TrustedHostMiddleware

from . import commands, logs, middleware, routes, serving, subjects, web
from .settings import Settings, load_settings


def create_app(settings: Settings | None = None) -> web.Service:
    """Build the service; without settings, from those of the environment."""
    if settings is None:
        settings = load_settings()
        logs.configure(settings)
        settings.require_secret_key()
    package = metadata("my-service")
    app = web.Service(
        title="My Service",
        description=package["Summary"],
        version=package["Version"],
        lifespan=web.lifespan,
        openapi_url="/openapi.json" if settings.api_docs else None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    protect(app, settings)
    web.answer_errors_as_problems(app)
    web.answer_http_errors_as_problems(app)
    for part in subjects.parts("routes"):
        app.include_router(part.router)
    app.include_router(routes.router)
    return app


def protect(app: web.Service, settings: Settings) -> None:
    """Refuse what is too large or for another host."""
    app.add_middleware(middleware.HeadAsGet)
    app.add_middleware(middleware.LimitBody, settings.max_body_size)
    if settings.trusted_hosts:
        # The container's own health check is always one of them.
        hosts = [*settings.trusted_hosts, "127.0.0.1"]
        app.add_middleware(TrustedHostMiddleware, hosts, www_redirect=False)


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
