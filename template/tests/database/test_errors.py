{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What the database refuses, told in our words."""

from uuid import UUID

import pytest

from {{ package_name }}.database.errors import (
    CheckFailed,
    Conflict,
    ReferenceMissing,
)
from {{ package_name }}.database.repository import Repository

{% if sqlite %}
from .models import Note
{% else %}
from .models import Note, Shelf
{% endif %}

NOBODY = UUID(int=0)


def note(**values: object) -> Note:
    return Note(**{"slug": "a", "text": "", "rank": 0, **values})


async def test_a_taken_key(notes: Repository[Note]) -> None:
    await notes.add(note())
    with pytest.raises(Conflict, match="slug is taken") as error:
        await notes.add(note())
    assert error.value.constraint is not None
    assert "note_slug" in error.value.constraint
    assert error.value.columns == ("slug",)


async def test_a_missing_reference(notes: Repository[Note]) -> None:
    with pytest.raises(ReferenceMissing):
        await notes.add(note(shelf_id=NOBODY))


async def test_a_failed_check(notes: Repository[Note]) -> None:
    with pytest.raises(CheckFailed) as error:
        await notes.add(note(rank=-1))
    assert error.value.constraint == "ck_note_rank_not_negative"


{% if not sqlite %}
async def test_a_value_that_does_not_fit(notes: Repository[Note]) -> None:
    with pytest.raises(CheckFailed):
        await notes.add(note(slug="x" * 65))


{% endif %}
async def test_a_missing_value(notes: Repository[Note]) -> None:
    with pytest.raises(CheckFailed, match="text"):
        await notes.add(note(text=None))


async def test_no_error_shows_what_was_sent(notes: Repository[Note]) -> None:
    with pytest.raises(CheckFailed) as error:
        await notes.add(note(text="a secret", rank=-1))
    assert "secret" not in str(error.value)
{% if not sqlite %}


async def test_a_row_in_use(notes: Repository[Note]) -> None:
    shelf = Shelf(label="used")
    notes.session.add(shelf)
    await notes.add(note(shelf=shelf))
    await notes.session.delete(shelf)
    with pytest.raises(Conflict):
        await notes.flush()
{% endif %}
{% endcall %}
