{% from "hooks/unasync.jinja" import unasync with context %}
"""Tables of their own for the tests of the data layer."""

{% if is_async %}
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
{% else %}
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session
{% endif %}

from {{ package_name }}.database import (
    Cursors,
    Sessions,
    build_sessions,
    rows,
)

from .connections import in_use
from .models import Scratch
from .repositories import NoteRepository, SampleRepository, ShelfRepository

{% call unasync() %}

@pytest.fixture(scope="session", autouse=True)
async def _tables(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Scratch.metadata.create_all)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(Scratch.metadata.drop_all)


@pytest.fixture
def notes(session: AsyncSession) -> NoteRepository:
    """The notes, none so far."""
    return NoteRepository(session)


@pytest.fixture
def samples(session: AsyncSession) -> SampleRepository:
    """The samples, none so far."""
    return SampleRepository(session)


@pytest.fixture
def shelves(session: AsyncSession) -> ShelfRepository:
    """The shelves, none so far."""
    return ShelfRepository(session)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of four rows, so that nine are three of them."""
    monkeypatch.setattr(rows, "CHUNK", 4)


@pytest.fixture
async def real_sessions(engine: AsyncEngine) -> AsyncIterator[Sessions]:
    """Sessions that commit for good, each on a connection of its own.

    At the end of the test every connection has to be back, and the tables are emptied.
    """
    sessions = build_sessions(engine, Cursors("a secret of the tests"))
    yield sessions
    used = in_use(sessions)
    async with engine.begin() as connection:
        for table in reversed(Scratch.metadata.sorted_tables):
            await connection.execute(delete(table))
    assert used == 0, f"{used} connections were not given back"
{% endcall %}
