{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What every repository can do with one model, and with those that fit."""

import pytest
from sqlalchemy import select

from {{ package_name }}.database import Conflict

from .factories import note, rows
from .models import Note
from .repositories import NoteRepository


async def test_what_is_added_is_found(notes: NoteRepository) -> None:
    added = await notes.add(note(slug="a"))
    assert await notes.get(added.id) is added
    assert await notes.get_one(added.id) is added
    assert await notes.exists(Note.slug == "a")
    assert not await notes.exists(Note.slug == "b")


async def test_what_is_not_there_is_not_found(notes: NoteRepository) -> None:
    assert await notes.get(404) is None
    assert await notes.by_keys([404]) == []
    assert await notes.for_update(Note.id == 404) == []
    assert await notes.count() == 0


async def test_keys_give_the_models_in_their_order(notes: NoteRepository) -> None:
    models = [note(), note(), note()]
    await notes.add_all(models)
    keys = [model.id for model in reversed(models)]
    assert await notes.by_keys([*keys, 404]) == list(reversed(models))


async def test_more_keys_than_a_statement_takes(notes: NoteRepository) -> None:
    model = await notes.add(note())
    keys = [model.id + number for number in range(70_000)]
    assert await notes.by_keys(keys) == [model]


async def test_a_lock_loses_no_change(notes: NoteRepository) -> None:
    model = await notes.add(note(text="old", rank=1))
    model.text = "new"
    locked = await notes.get_one(model.id, for_update=True)
    assert locked.text == "new"
    locked.rank = 7
    (locked,) = await notes.for_update(Note.id == model.id)
    assert (locked.text, locked.rank) == ("new", 7)


async def test_a_conflict_spoils_nothing_else(notes: NoteRepository) -> None:
    await notes.add(note(slug="a"))
    with pytest.raises(Conflict):
        await notes.add_all([note(slug="b"), note(slug="a")])
    assert not await notes.exists(Note.slug == "b")
    await notes.add(note(slug="b"))
    assert await notes.count() == 2


async def test_those_that_fit_are_changed_and_deleted(notes: NoteRepository) -> None:
    await notes.add_all([note(rank=rank) for rank in range(6)])
    assert await notes.update_where(Note.rank < 4, text="low") == 4
    assert await notes.count(Note.text == "low", Note.version == 2) == 4
    assert await notes.delete_where(Note.rank < 2) == 2
    assert await notes.count() == 4
    with pytest.raises(Conflict):
        await notes.update_where(slug="same")


async def test_a_stream_gives_every_row(notes: NoteRepository) -> None:
    await notes.insert_many(rows(1200))
    stream = await notes.stream(select(Note).order_by(Note.id))
    models = await stream.all()
    assert len(models) == 1200


async def test_a_stream_holds_few_models(notes: NoteRepository) -> None:
    await notes.insert_many(rows(1200))
    stream = await notes.stream(select(Note).order_by(Note.id))
    async for _ in stream:
        assert len(list(notes.session)) <= 1000
        break
    await stream.close()


@pytest.mark.waive("S09", "that is what is shown")
async def test_nothing_is_written_by_reading(notes: NoteRepository) -> None:
    notes.session.add(note(slug="a"))
    assert not await notes.exists(Note.slug == "a")
    await notes.flush()
    assert await notes.exists(Note.slug == "a")
{% endcall %}
