"""Databases for tests, each a file of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL

from my_service.database.urls import DRIVER


@contextmanager
def temporary_database() -> Iterator[URL]:
    """Give an empty database, removed at the end."""
    with TemporaryDirectory() as folder:
        yield URL.create(DRIVER, database=str(Path(folder, "test.db")))
