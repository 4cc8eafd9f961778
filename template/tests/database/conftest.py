{% from "hooks/unasync.jinja" import unasync with context %}
"""A table of their own for the tests of the data layer."""

{% if is_async %}
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
{% else %}
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
{% endif %}

from {{ package_name }}.database.repository import Repository

from .models import Note, Scratch

{% call unasync() %}

class NoteRepository(Repository[Note]):
    """Finds and stores notes."""

    model = Note


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
{% endcall %}
