{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Finding and deleting models without a query of one's own."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import MultipleResultsFound
from sqlalchemy.orm import Mapped, foreign, relationship

from {{ package_name }}.database import (
    Conflict,
    IntegerKey,
    InvalidInput,
{% if not sqlite %}
    LockTimeout,
{% endif %}
    Repository,
{% if not sqlite %}
    Sessions,
{% endif %}
    sort_by,
{% if not sqlite %}
    unit_of_work,
{% endif %}
)

{% if sqlite %}
from .factories import note
{% else %}
from .factories import note, store
{% endif %}
from .models import Note, Scratch, Shelf
from .repositories import NoteRepository, ShelfRepository


@pytest.fixture
async def ranked(notes: NoteRepository) -> NoteRepository:
    """Five notes of the ranks 0 to 4, of which the last is deleted."""
    models = [note(slug=f"note-{rank}", rank=rank) for rank in range(5)]
    models[-1].delete()
    await notes.add_all(models)
    return notes


async def test_models_are_found_in_order(ranked: NoteRepository) -> None:
    order = [Note.rank.desc()]
    found = await ranked.find(Note.rank > 0, order_by=order, limit=2)
    assert [model.rank for model in found] == [3, 2]


async def test_one_is_found_or_none(ranked: NoteRepository) -> None:
    first = await ranked.find_one(Note.slug == "note-0")
    assert first is not None
    assert first.rank == 0
    assert await ranked.find_one(Note.slug == "note-4") is None
    with pytest.raises(MultipleResultsFound):
        await ranked.find_one()


async def test_what_is_deleted_softly_stays(ranked: NoteRepository) -> None:
    first = await ranked.find_one(Note.rank == 0)
    assert first is not None
    await ranked.delete(first)
    assert await ranked.count() == 3
    rows = select(Note.id).execution_options(include_deleted=True)
    assert len((await ranked.session.scalars(rows)).all()) == 5


class Rack(IntegerKey, Scratch):
    """The notes of a rank, which are loaded with it."""

    __tablename__ = "rack"

    rank: Mapped[int]

    notes: Mapped[list[Note]] = relationship(
        primaryjoin=lambda: foreign(Note.rank) == Rack.rank,
        lazy="selectin",
        viewonly=True,
    )


class RackRepository(Repository[Rack]):
    """Finds racks."""

    model = Rack


async def test_what_is_loaded_with_a_model_is_not_deleted(
    ranked: NoteRepository,
) -> None:
    racks = RackRepository(ranked.session)
    await racks.insert_many([{"id": 3, "rank": 3}, {"id": 4, "rank": 4}])
    full = await racks.get_one(3)
    empty = await racks.get_one(4)
    assert [model.rank for model in full.notes] == [3]
    assert empty.notes == []


async def test_what_is_in_use_is_not_deleted(shelves: ShelfRepository) -> None:
    await shelves.add(Shelf(label="full", notes=[note(slug="kept")]))
    empty = await shelves.add(Shelf(label="empty", notes=[]))
    full = await shelves.find_one(Shelf.label == "full")
    assert full is not None
    with pytest.raises(Conflict):
        await shelves.delete(full)
    await shelves.delete(empty)
    assert [shelf.label for shelf in await shelves.find()] == ["full"]


async def test_a_page_counts_the_whole_list(ranked: NoteRepository) -> None:
    statement = select(Note).where(Note.rank > 0)
    page = await ranked.page(statement, [Note.rank], limit=2, with_total=True)
    assert (len(page.items), page.total) == (2, 3)
    rows = select(Note.id, Note.rank).where(Note.rank > 1)
    listed = await ranked.page_of_rows(rows, [Note.rank], limit=1, with_total=True)
    assert listed.total == 2
    assert (await ranked.page(statement, [Note.rank], limit=2)).total is None


async def test_a_client_chooses_among_orders(ranked: NoteRepository) -> None:
    allowed = {"rank": Note.rank, "text": Note.text}
    page = await ranked.page(select(Note), sort_by("-rank", allowed), limit=2)
    assert [model.rank for model in page.items] == [3, 2]
    page = await ranked.page(select(Note), sort_by("rank", allowed), limit=2)
    assert [model.rank for model in page.items] == [0, 1]
    with pytest.raises(InvalidInput, match="sort by rank, text"):
        sort_by("id", allowed)
{% if not sqlite %}


async def test_locked_rows_are_skipped_or_refused(real_sessions: Sessions) -> None:
    await store(real_sessions, note(slug="a", rank=0), note(slug="b", rank=1))
    engine = real_sessions.kw["bind"]
    async with engine.connect() as connection:
        locked = select(Note.id).where(Note.rank == 0).with_for_update()
        await connection.execute(locked)
        async with unit_of_work(real_sessions) as session:
            notes = NoteRepository(session)
            free = await notes.for_update(Note.rank < 2, skip_locked=True)
            assert [model.rank for model in free] == [1]
            with pytest.raises(LockTimeout):
                await notes.for_update(Note.rank < 2, nowait=True)
{% endif %}
{% endcall %}
