"""The connection of this process to its database."""

{% from "hooks/unasync.jinja" import unasync with context %}
{% set secret = {
    true: "settings.secret_key.get_secret_value()",
    false: "token_urlsafe()  # the cursors of a command end with it",
}.get(served) %}
{% call unasync() %}
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
{% if not served %}
from secrets import token_urlsafe
{% endif %}

{% set modules = ["logs"] * comments + observing %}
{% if modules %}
from . import {{ modules | join(", ") }}
{% endif %}
from .database import (
    Cursors,
    Sessions,
    build_engine,
    build_sessions,
    report_slow_transactions,
)
{% if comments %}
from .database.comments import comment_statements
{% endif %}
from .settings import Settings


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Sessions]:
    """Yield the sessions of this process; close every connection at the end."""
    engine = build_engine(settings)
{% if comments %}
    if settings.database_comments:
        comment_statements(engine.sync_engine, logs.current_fields)
{% endif %}
{% for module in observing %}
    {{ module }}.observe(engine.sync_engine, settings)
{% endfor %}
    try:
        with report_slow_transactions(settings.database_slow_transaction):
            secret = {{ secret }}
            yield build_sessions(engine, Cursors(secret))
    finally:
        await engine.dispose()
{% endcall %}
