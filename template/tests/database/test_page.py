{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Pages: complete, in order, and safe from forged cursors."""

import pytest
from sqlalchemy import select

from {{ package_name }}.database.page import InvalidCursor
from {{ package_name }}.database.repository import Repository

from .models import Note

ORDER = [Note.rank.desc(), Note.id]


@pytest.fixture(autouse=True)
async def seven(notes: Repository[Note]) -> None:
    for number in range(7):
        await notes.add(Note(slug=str(number), text="", rank=number // 3))


async def test_the_pages_together_are_the_list(notes: Repository[Note]) -> None:
    slugs, cursor = [], None
    for expected in (3, 3, 1):
        page = await notes.page(select(Note), ORDER, limit=3, cursor=cursor)
        assert len(page.items) == expected
        slugs += [note.slug for note in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert slugs == ["6", "3", "4", "5", "0", "1", "2"]


async def test_a_forged_cursor_is_refused(notes: Repository[Note]) -> None:
    page = await notes.page(select(Note), ORDER, limit=3)
    for cursor in ("", "x", f"{page.next_cursor}x", "WzEsMl0.c2ln"):
        with pytest.raises(InvalidCursor):
            await notes.page(select(Note), ORDER, limit=3, cursor=cursor)


async def test_a_cursor_of_another_list_is_refused(notes: Repository[Note]) -> None:
    page = await notes.page(select(Note), ORDER, limit=3)
    with pytest.raises(InvalidCursor):
        await notes.page(select(Note), [Note.id], limit=3, cursor=page.next_cursor)
{% endcall %}
