{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What the database refuses, told in our words."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from {{ package_name }}.database import (
    CheckFailed,
    Conflict,
    ConstraintViolated,
    NotFound,
    ReferenceMissing,
)

from .factories import note
from .models import Note, Shelf
from .repositories import NoteRepository, ShelfRepository

NOBODY = UUID(int=0)
{% if sqlite %}
# SQLite does not tell which reference it was.
FOREIGN_KEY = None
{% else %}
FOREIGN_KEY = "fk_note_shelf_id_shelf"
{% endif %}


async def test_nothing_found(notes: NoteRepository) -> None:
    with pytest.raises(NotFound, match="there is no Note 404"):
        await notes.get_one(404)


async def test_a_taken_key(notes: NoteRepository) -> None:
    await notes.add(note(slug="a"))
    with pytest.raises(Conflict, match="slug is taken") as error:
        await notes.add(note(slug="a"))
    assert error.value.constraint is not None
    assert "note_slug" in error.value.constraint
    assert error.value.columns == ("slug",)


async def test_a_value_names_no_constraint(notes: NoteRepository) -> None:
    slug = "a' for key 'uq_shelf_label' Column 'rank' b"
    await notes.add(note(slug=slug))
    with pytest.raises(Conflict) as error:
        await notes.add(note(slug=slug))
    assert error.value.columns == ("slug",)


async def test_columns_have_the_names_of_the_model(session: AsyncSession) -> None:
    shelves = ShelfRepository(session)
    await shelves.add(Shelf(label="a", code="A"))
    with pytest.raises(Conflict, match="code is taken") as error:
        await shelves.add(Shelf(label="b", code="A"))
    assert error.value.columns == ("code",)


async def test_a_missing_reference(notes: NoteRepository) -> None:
    with pytest.raises(ReferenceMissing) as error:
        await notes.add(note(shelf_id=NOBODY))
    assert error.value.constraint == FOREIGN_KEY


async def test_a_failed_check(notes: NoteRepository) -> None:
    with pytest.raises(CheckFailed) as error:
        await notes.add(note(rank=-1))
    assert error.value.constraint == "ck_note_rank_not_negative"


async def test_a_missing_value(notes: NoteRepository) -> None:
    with pytest.raises(CheckFailed, match="text") as error:
        await notes.add(note(text=None))
    assert error.value.columns == ("text",)


{% if not sqlite %}
async def test_a_value_that_does_not_fit(notes: NoteRepository) -> None:
    with pytest.raises(CheckFailed):
        await notes.add(note(slug="x" * 65))


{% endif %}
@pytest.mark.parametrize("loaded", [False, True])
async def test_a_row_in_use(notes: NoteRepository, loaded: bool) -> None:
    notes.session.add(shelf := Shelf(label="used"))
    await notes.flush()
    await notes.add(note(shelf_id=shelf.id))
    if loaded:
        await notes.session.refresh(shelf, ["notes"])
    await notes.session.delete(shelf)
    with pytest.raises(Conflict):
        await notes.flush()


async def test_a_row_in_use_is_not_deleted_by_a_statement(
    notes: NoteRepository, shelves: ShelfRepository
) -> None:
    shelf = await shelves.add(Shelf(label="used"))
    await notes.add(note(shelf_id=shelf.id))
    with pytest.raises(Conflict):
        await shelves.delete_where(Shelf.id == shelf.id)


{% if not sqlite %}
async def test_a_key_in_use_is_not_changed(
    notes: NoteRepository, shelves: ShelfRepository
) -> None:
    shelf = await shelves.add(Shelf(label="used"))
    await notes.add(note(shelf_id=shelf.id))
    with pytest.raises(Conflict):
        await shelves.update_where(Shelf.id == shelf.id, id=NOBODY)


{% endif %}
async def test_a_reference_is_not_changed_to_nothing(notes: NoteRepository) -> None:
    await notes.add(note())
    with pytest.raises(ReferenceMissing):
        await notes.update_where(Note.rank == 0, shelf_id=NOBODY)


async def test_what_was_pending_is_refused_in_our_words(notes: NoteRepository) -> None:
    await notes.add(note(slug="a"))
    notes.session.add(note(slug="a"))
    with pytest.raises(Conflict):
        await notes.add(note())


@pytest.mark.parametrize("wrong", [{"rank": -1}, {"shelf_id": NOBODY}, {"slug": "a"}])
async def test_no_error_shows_what_was_sent(
    notes: NoteRepository, wrong: dict[str, object]
) -> None:
    await notes.add(note(slug="a"))
    with pytest.raises(ConstraintViolated) as error:
        await notes.add(note(text="a secret", **wrong))
    assert "secret" not in str(error.value)
{% endcall %}
