"""The connection of this process to its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from .database import (
    Cursors,
    Sessions,
    build_engine,
    build_sessions,
    report_slow_transactions,
)
from .settings import Settings


@contextmanager
def connected(settings: Settings) -> Iterator[Sessions]:
    """Yield the sessions of this process; close every connection at the end."""
    engine = build_engine(settings)
    try:
        with report_slow_transactions(settings.database_slow_transaction):
            secret = settings.secret_key.get_secret_value()
            yield build_sessions(engine, Cursors(secret))
    finally:
        engine.dispose()
