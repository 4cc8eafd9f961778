{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Keys, times and versions: filled in, readable at once, never stale."""

from datetime import UTC, datetime, timedelta

import pytest

from {{ package_name }}.database import (
    Conflict,
    Sessions,
    unit_of_work,
)

from ..conftest import AtMost
from .factories import note, store
from .models import Note, Shelf
from .repositories import NoteRepository, ShelfRepository

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
{% if mysql %}
# MySQL does not return what it filled in: a second statement asks.
WRITE = 2
{% else %}
WRITE = 1
{% endif %}


async def test_what_the_database_fills_in_comes_with_the_write(
    notes: NoteRepository, at_most: AtMost
) -> None:
    with at_most(WRITE):
        added = await notes.add(note())
        now = datetime.now(UTC)
        assert added.id
        assert added.version == 1
        assert added.created_at == added.updated_at
        assert abs(now - added.created_at) < timedelta(minutes=1)


async def test_a_change_moves_the_time_and_the_version(
    notes: NoteRepository, at_most: AtMost
) -> None:
    changed = await notes.add(note(created_at=LONG_AGO, updated_at=LONG_AGO))
    with at_most(WRITE):
        changed.text = "changed"
        await notes.flush()
        assert changed.version == 2
        assert changed.updated_at > changed.created_at == LONG_AGO


async def test_a_stale_write_is_a_conflict(real_sessions: Sessions) -> None:
    stale = note()
    await store(real_sessions, stale)
    key = stale.id
    async with unit_of_work(real_sessions) as session:
        changed = await session.get_one(Note, key)
        changed.text = "first"
    stale.text = "second"
    with pytest.raises(Conflict, match="changed"):
        await store(real_sessions, stale)
    async with unit_of_work(real_sessions) as session:
        stored = await session.get_one(Note, key)
        assert stored.text == "first"


async def test_an_expected_version_is_compared(notes: NoteRepository) -> None:
    added = await notes.add(note())
    added.expect(1)
    with pytest.raises(Conflict, match="read it again") as conflict:
        added.expect(2)
    assert conflict.value.columns == ("version",)


async def test_keys_are_made_in_the_order_of_time(shelves: ShelfRepository) -> None:
    added = [await shelves.add(Shelf(label=str(number))) for number in range(10)]
    keys = [shelf.id for shelf in added]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}
{% endcall %}
