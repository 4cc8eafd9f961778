{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The deleted are hidden, everywhere, until they are asked for."""

from typing import Any

import pytest
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from {{ package_name }}.database import Conflict

from .factories import note
from .models import Note, Shelf
from .repositories import NoteRepository

OTHER = aliased(Note)
SUBQUERY = select(Note.slug).subquery()
CTE = select(Note.slug).cte()
STATEMENTS: dict[str, Select[Any]] = {
    "columns": select(Note.slug),
    "alias": select(OTHER.slug),
    "join": select(Note.slug).join(Note.shelf),
    "join from the other side": select(Note.slug).join_from(Shelf, Shelf.notes),
    "outer join": select(Note.slug).join_from(Shelf, Note, isouter=True),
    "subquery": select(SUBQUERY.c.slug),
    "common table expression": select(CTE.c.slug),
    "any": select(Shelf.label).where(Shelf.notes.any(Note.slug == "deleted")),
    "exists": select(Shelf.label).where(exists().where(Note.slug == "deleted")),
    "scalar subquery": select(select(func.max(Note.slug)).scalar_subquery()),
}


@pytest.fixture
async def deleted(notes: NoteRepository) -> Note:
    """A deleted note, beside a living one on the same shelf."""
    deleted, living = note(slug="deleted"), note(slug="A")
    notes.session.add(Shelf(label="shelf", notes=[deleted, living]))
    await notes.flush()
    deleted.delete()
    await notes.flush()
    notes.session.expunge_all()
    return deleted


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
async def test_a_statement_does_not_see_them(
    notes: NoteRepository, deleted: Note, statement: Select[Any]
) -> None:
    seen = list(await notes.session.scalars(statement))
    assert seen in (["A"], [])
    everything = statement.execution_options(include_deleted=True)
    assert list(await notes.session.scalars(everything)) != seen


@pytest.mark.parametrize("load", [selectinload, joinedload])
async def test_a_relationship_is_loaded_without_them(
    notes: NoteRepository, deleted: Note, load: Any
) -> None:
    option: ORMOption = load(Shelf.notes)
    statement = select(Shelf).options(option)
    found = await notes.session.scalars(statement)
    shelf = found.unique().one()
    assert [note.slug for note in shelf.notes] == ["A"]
    notes.session.expunge_all()
    statement = statement.execution_options(include_deleted=True)
    found = await notes.session.scalars(statement)
    shelf = found.unique().one()
    assert sorted(note.slug for note in shelf.notes) == ["A", "deleted"]


async def test_a_repository_does_not_find_them(
    notes: NoteRepository,
    deleted: Note,
) -> None:
    assert await notes.get(deleted.id) is None
    assert await notes.by_keys([deleted.id]) == []
    assert await notes.count() == 1
    assert not await notes.exists(Note.slug == "deleted")
    page = await notes.page(select(Note), [Note.id], limit=10)
    assert [found.slug for found in page.items] == ["A"]
    assert [found.slug for found in await notes.for_update()] == ["A"]
    everything = await notes.for_update(include_deleted=True)
    assert [found.slug for found in everything] == ["deleted", "A"]
    stream = await notes.stream(select(Note))
    assert [found.slug for found in await stream.all()] == ["A"]


async def test_a_repository_does_not_change_them(
    notes: NoteRepository,
    deleted: Note,
) -> None:
    assert await notes.update_where(text="seen") == 1
    assert await notes.update_many([{"id": deleted.id, "text": "seen"}]) == 0
    assert await notes.delete_where() == 1
    everything = select(Note.slug).execution_options(include_deleted=True)
    assert list(await notes.session.scalars(everything)) == ["deleted"]


async def test_they_can_be_brought_back_and_purged(
    notes: NoteRepository,
    deleted: Note,
) -> None:
    mine = Note.id == deleted.id
    changed = await notes.update_where(mine, include_deleted=True, deleted_at=None)
    assert changed == 1
    assert await notes.exists(mine)
    again = await notes.get_one(deleted.id)
    again.delete()
    await notes.flush()
    assert await notes.delete_where(mine, include_deleted=True) == 1
    assert await notes.for_update(mine, include_deleted=True) == []


async def test_the_session_that_deletes_one_forgets_it(notes: NoteRepository) -> None:
    deleted = await notes.add(note())
    deleted.delete()
    assert await notes.get(deleted.id) is None


async def test_only_the_living_are_unique(notes: NoteRepository, deleted: Note) -> None:
    again = await notes.add(note(slug="deleted"))
    with pytest.raises(Conflict):
        await notes.add(note(slug="deleted"))
    again.delete()
    await notes.flush()
    await notes.add(note(slug="deleted"))
{% endcall %}
