"""The connection of this process to its database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .database import Cursors, Sessions, build_engine, build_sessions
from .settings import Settings


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Sessions]:
    """Yield the sessions of this process; close every connection at the end."""
    engine = build_engine(settings)
    try:
        yield build_sessions(engine, Cursors(settings.secret_key.get_secret_value()))
    finally:
        await engine.dispose()
