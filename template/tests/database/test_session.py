{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Units of work: all or nothing, and never a connection lost."""

import pytest
from sqlalchemy import select

from {{ package_name }}.database.errors import Conflict
from {{ package_name }}.database.repository import Repository
from {{ package_name }}.database.session import (
    Sessions,
    unit_of_work,
)

from .models import Note


def note(slug: str = "a") -> Note:
    return Note(slug=slug, text="", rank=0)


async def store(sessions: Sessions, *notes: Note) -> None:
    async with unit_of_work(sessions) as session:
        session.add_all(notes)


async def store_and_fail(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        session.add(note())
        await session.flush()
        raise RuntimeError


async def test_a_unit_of_work_is_committed(sessions: Sessions) -> None:
    await store(sessions, note())
    async with unit_of_work(sessions) as session:
        assert await session.scalar(select(Note.slug)) == "a"


async def test_one_that_raises_is_rolled_back(sessions: Sessions) -> None:
    with pytest.raises(RuntimeError):
        await store_and_fail(sessions)
    async with unit_of_work(sessions) as session:
        assert await session.scalar(select(Note.slug)) is None


async def test_its_errors_are_ours(sessions: Sessions) -> None:
    with pytest.raises(Conflict):
        await store(sessions, note(), note())


async def test_the_deleted_are_hidden_until_asked_for(notes: Repository[Note]) -> None:
    deleted = await notes.add(note())
    deleted.delete()
    await notes.flush()
    await notes.add(note())
    assert await notes.get(deleted.id) is None
    assert await notes.count() == 1
    everything = select(Note).execution_options(include_deleted=True)
    assert len((await notes.session.scalars(everything)).all()) == 2
    assert await notes.update_where(text="seen") == 1
    assert await notes.delete_where() == 1
    assert len((await notes.session.scalars(everything)).all()) == 1


async def test_a_stale_write_is_a_conflict(sessions: Sessions) -> None:
    stale = note()
    await store(sessions, stale)
    async with unit_of_work(sessions) as session:
        fresh = await session.get_one(Note, stale.id)
        fresh.text = "first"
    stale.text = "second"
    with pytest.raises(Conflict, match="changed"):
        await store(sessions, stale)
{% endcall %}
