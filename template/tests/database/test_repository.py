{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What every repository can do."""

import pytest
from sqlalchemy import select

from {{ package_name }}.database.errors import Conflict, NotFound
from {{ package_name }}.database.repository import Repository
from {{ package_name }}.database.rows import Upserted

from .models import Note


def note(slug: str, rank: int = 0) -> Note:
    return Note(slug=slug, text=f"about {slug}", rank=rank)


def rows(*slugs: str, text: str = "new") -> list[dict[str, object]]:
    return [{"slug": slug, "text": text, "rank": 0} for slug in slugs]


async def test_what_is_added_is_found(notes: Repository[Note]) -> None:
    added = await notes.add(note("a"))
    assert await notes.get(added.id) is added
    assert await notes.get_one(added.id) is added
    assert added.version == 1
    assert added.created_at.utcoffset() is not None


async def test_what_is_not_there_is_not_found(notes: Repository[Note]) -> None:
    assert await notes.get(404) is None
    with pytest.raises(NotFound, match="there is no Note 404"):
        await notes.get_one(404)


async def test_keys_give_the_models_in_their_order(notes: Repository[Note]) -> None:
    models = [note("a"), note("b"), note("c")]
    await notes.add_all(models)
    keys = [model.id for model in reversed(models)]
    assert await notes.by_keys([*keys, 404]) == list(reversed(models))


async def test_a_conflict_spoils_nothing_else(notes: Repository[Note]) -> None:
    await notes.add(note("a"))
    with pytest.raises(Conflict) as conflict:
        await notes.add(note("a"))
    assert conflict.value.columns == ("slug",)
    await notes.add(note("b"))
    assert await notes.count() == 2


async def test_many_rows_are_inserted_in_chunks(notes: Repository[Note]) -> None:
    slugs = [str(number) for number in range(2500)]
    assert await notes.insert_many(rows(*slugs)) == 2500
    assert await notes.count() == 2500
    assert await notes.exists(Note.slug == "2499")
    assert not await notes.exists(Note.slug == "2500")


async def test_an_upsert_inserts_updates_and_leaves_alone(
    notes: Repository[Note],
) -> None:
    await notes.add_all([note("same"), note("old")])
    new = [*rows("same", text="about same"), *rows("old", "new", "new")]
    counts = await notes.upsert_many(new, key=["slug"], update=["text"])
    assert counts == Upserted(inserted=1, updated=1)
    versions = await notes.session.execute(
        select(Note.slug, Note.version).order_by(Note.slug)
    )
    assert [tuple(row) for row in versions] == [("new", 1), ("old", 2), ("same", 1)]


async def test_an_upsert_of_nothing_changes_nothing(notes: Repository[Note]) -> None:
    await notes.add(note("a"))
    counts = await notes.upsert_many(rows("a", "b"), key=["slug"], update=[])
    assert counts == Upserted(inserted=1, updated=0)


async def test_many_rows_are_changed_and_deleted(notes: Repository[Note]) -> None:
    await notes.add_all([note(str(rank), rank) for rank in range(6)])
    assert await notes.update_where(Note.rank < 4, text="low") == 4
    assert await notes.count(Note.text == "low", Note.version == 2) == 4
    assert await notes.delete_where(Note.rank < 2) == 2
    assert await notes.count() == 4


async def test_a_stream_gives_every_row(notes: Repository[Note]) -> None:
    await notes.insert_many(rows(*(str(number) for number in range(1200))))
    stream = await notes.stream(select(Note).order_by(Note.id))
    models = await stream.all()
    assert len(models) == 1200
{% endcall %}
