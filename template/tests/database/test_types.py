{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Values that go in come out equal."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from {{ package_name }}.database.repository import Repository

from .models import Note


async def test_a_moment_keeps_its_microseconds(notes: Repository[Note]) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    moment = datetime(2026, 2, 28, 23, 59, 59, 999_999, tzinfo=zone)
    await notes.add(Note(slug="a", text="", rank=0, created_at=moment))
    stored = await notes.session.scalar(select(Note.created_at))
    assert stored == moment
    assert stored.tzinfo is UTC


async def test_a_naive_moment_is_refused(notes: Repository[Note]) -> None:
    naive = datetime(2026, 2, 28)  # noqa: DTZ001 (that is the point)
    with pytest.raises(StatementError, match="no time zone"):
        await notes.add(Note(slug="a", text="", rank=0, created_at=naive))


async def test_the_database_counts_in_utc(notes: Repository[Note]) -> None:
    note = await notes.add(Note(slug="a", text="", rank=0))
    assert abs(datetime.now(UTC) - note.created_at) < timedelta(minutes=1)


async def test_a_key_is_compared_letter_by_letter(notes: Repository[Note]) -> None:
    for slug in ("a", "A", "ä"):
        await notes.add(Note(slug=slug, text="", rank=0))
    assert await notes.count(Note.slug == "A") == 1
{% endcall %}
