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

{% if observing %}
from . import {{ observing | join(", ") }}
{% endif %}
from .database import (
    Cursors,
{% if replicas %}
    Replicas,
{% endif %}
    Sessions,
    build_engine,
    build_sessions,
    report_slow_transactions,
)
from .settings import Settings


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Sessions]:
    """Yield the sessions of this process; close every connection at the end."""
    engine = build_engine(settings)
{% if replicas %}
    replicas = Replicas(engine, settings)
{% endif %}
{% for module in observing %}
    {{ module }}.observe(engine.sync_engine, settings)
{% endfor %}
{% if replicas and observed %}
    for replica in replicas.all:
{% for module in observing %}
        {{ module }}.observe(replica.engine.sync_engine, settings)
{% endfor %}
{% endif %}
    try:
        with report_slow_transactions(settings.database_slow_transaction):
            secret = {{ secret }}
{% if replicas %}
            sessions = build_sessions(engine, Cursors(secret))
            sessions.kw["info"]["replicas"] = replicas
            yield sessions
    finally:
        await replicas.close()
{% else %}
            yield build_sessions(engine, Cursors(secret))
    finally:
{% endif %}
        await engine.dispose()
{% endcall %}
