"""The connection of this process to its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_urlsafe

from .database import (
    Cursors,
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
    try:
        with report_slow_transactions(settings.database_slow_transaction):
            secret = token_urlsafe()  # the cursors of a command end with it
            yield build_sessions(engine, Cursors(secret))
    finally:
        await engine.dispose()
