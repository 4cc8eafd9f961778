"""Databases for tests, on a real server."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from dotenv import dotenv_values
from sqlalchemy import URL, NullPool, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from my_service.database.urls import DRIVER

ROOT = Path(__file__).parents[1]
CREATE = "CREATE DATABASE {} CHARACTER SET utf8mb4"
DROP = "DROP DATABASE {}"


@cache
def server() -> URL:
    """Find the server: TEST_DATABASE_URL, or else the one of compose.yaml, started."""
    settings = {**dotenv_values(ROOT / ".env"), **os.environ}
    if given := settings.get("TEST_DATABASE_URL"):
        return make_url(given).set(drivername=DRIVER)
    compose("up", "--detach", "--wait", "database")
    url = make_url(dotenv_values(ROOT / ".env.example")["DATABASE_URL"] or "")
    _, _, port = compose("port", "database", "3306").rpartition(":")
    # Nobody else may create databases there.
    return url.set(port=int(port), username="root")


def compose(*arguments: str) -> str:
    """Run docker compose; return what it prints, or end the run with what is wrong."""
    command = ["docker", "compose", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (fixed words)
            command, cwd=ROOT, check=True, capture_output=True, text=True
        )
    except OSError as error:
        why = f"docker does not run: {error.strerror}"
    except subprocess.CalledProcessError as error:
        why = error.stderr.strip().rpartition("\n")[2]
    else:
        return done.stdout
    stop(f"no database for the tests: set TEST_DATABASE_URL or start Docker ({why})")


def stop(reason: str) -> NoReturn:
    """End the run with one sentence."""
    pytest.exit(reason, returncode=1)


async def execute(statement: str) -> None:
    """Run a statement on the server, outside any transaction."""
    engine = create_async_engine(
        server(),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    except DBAPIError as error:
        stop(f"the database server of the tests refuses: {error.orig}")
    finally:
        await engine.dispose()


@contextmanager
def temporary_database() -> Iterator[URL]:
    """Give an empty database, dropped at the end."""
    name = f"test_{uuid4().hex}"
    asyncio.run(execute(CREATE.format(name)))
    try:
        yield server().set(database=name)
    finally:
        asyncio.run(execute(DROP.format(name)))
