"""Fixtures: a database for the run, sessions for a test, a client of the service."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from my_service.database import (
    Cursors,
    Sessions,
    build_engine,
    build_sessions,
)
from my_service.settings import Settings, load_settings

from .databases import temporary_database

AtMost = Callable[[int], AbstractContextManager[list[str]]]


@pytest.fixture(scope="session")
def alembic() -> Config:
    """Alembic, as it is on the command line."""
    return Config(toml_file=Path(__file__).parents[1] / "pyproject.toml")


@pytest.fixture(scope="session")
def settings(alembic: Config) -> Iterator[Settings]:
    """The settings of the run: a database of its own, built by the migrations."""
    with temporary_database() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        try:
            command.upgrade(alembic, "head")
        except CommandError as error:
            pytest.fail(f"the migrations fail: {error}", pytrace=False)
        yield load_settings()


@pytest.fixture
def empty_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another database, with no table, in place of the run's."""
    with temporary_database() as url:
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
        yield


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = build_engine(settings)
    yield engine
    await engine.dispose()


@pytest.fixture
async def sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    """Sessions that may commit: the end of the test takes all of it back."""
    sessions = build_sessions(engine, Cursors("a secret of the tests"))
    async with engine.connect() as connection:
        await connection.begin()
        sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield sessions


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


@pytest.fixture
def at_most(engine: AsyncEngine) -> AtMost:
    """`with at_most(2):` fails when its body sends more than two statements."""

    @contextmanager
    def at_most(limit: int) -> Iterator[list[str]]:
        statements: list[str] = []

        def note(*arguments: object) -> None:
            statement = str(arguments[2])
            # Savepoints stand in for the transactions of the code under test.
            if "SAVEPOINT" not in statement:
                statements.append(statement)

        event.listen(engine.sync_engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", note)
        if len(statements) > limit:
            pytest.fail(
                f"{len(statements)} statements instead of at most {limit}:\n"
                + "\n".join(statements)
            )

    return at_most
