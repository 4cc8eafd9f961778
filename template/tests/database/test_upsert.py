{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Rows that are inserted, or updated where they are there already."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from {{ package_name }}.database.rows import Upserted

from .factories import note, row, rows
from .models import Note
from .repositories import NoteRepository, SampleRepository, ShelfRepository

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# Many rows may be sent another way than few.
few_and_many = pytest.mark.parametrize("number", [3, 60])


@few_and_many
async def test_rows_are_inserted_updated_or_left_alone(
    notes: NoteRepository, number: int
) -> None:
    there = rows(2 * number, created_at=LONG_AGO, updated_at=LONG_AGO)
    await notes.insert_many(there)
    given = [{"slug": row["slug"], "text": "", "rank": 0} for row in there]
    for changed in given[:number]:
        changed["text"] = "changed"
    counts = await notes.upsert_many(
        [*given, *rows(number)], key=["slug"], update=["text", "rank"]
    )
    assert counts == Upserted(inserted=number, updated=number)
    stale = Note.updated_at == LONG_AGO
    assert await notes.count(Note.text == "changed", Note.version == 2) == number
    assert await notes.count(Note.text == "changed", stale) == 0
    assert await notes.count(Note.version == 1, stale) == number
    assert await notes.count() == 3 * number
    nothing = await notes.upsert_many([], key=["slug"], update=["text"])
    assert nothing == Upserted(inserted=0, updated=0)


@few_and_many
async def test_the_last_row_of_a_key_counts(notes: NoteRepository, number: int) -> None:
    given = [*rows(number), *(row(slug="same", rank=rank) for rank in range(3))]
    counts = await notes.upsert_many(given, key=["slug"], update=["rank"])
    assert counts == Upserted(inserted=number + 1, updated=0)
    assert await notes.session.scalar(select(Note.rank).filter_by(slug="same")) == 2


@few_and_many
async def test_nothing_may_be_updated(notes: NoteRepository, number: int) -> None:
    await notes.add(note(slug="there", text="as it was"))
    given = [*rows(number), row(slug="there")]
    counts = await notes.upsert_many(given, key=["slug"], update=[])
    assert counts == Upserted(inserted=number, updated=0)
    assert await notes.exists(Note.text == "as it was", Note.version == 1)


@few_and_many
async def test_the_deleted_are_not_in_the_way(
    notes: NoteRepository,
    number: int,
) -> None:
    await notes.add_all(deleted := [note() for _ in range(number)])
    for model in deleted:
        model.delete()
    await notes.flush()
    given = [row(slug=model.slug, text="new") for model in deleted]
    for expected in (Upserted(number, 0), Upserted(0, 0)):
        counts = await notes.upsert_many(given, key=["slug"], update=["text"])
        assert counts == expected
    everything = select(Note.text).execution_options(include_deleted=True)
    texts = list(await notes.session.scalars(everything.order_by(Note.text)))
    assert texts == [""] * number + ["new"] * number


@few_and_many
async def test_primary_keys_may_be_given(shelves: ShelfRepository, number: int) -> None:
    given = [{"id": UUID(int=key), "label": "old"} for key in range(number)]
    counts = await shelves.upsert_many(given, key=["id"], update=["label"])
    assert counts == Upserted(inserted=number, updated=0)
    given = [{"id": UUID(int=key), "label": "new"} for key in range(1, number + 1)]
    counts = await shelves.upsert_many(given, key=["id"], update=["label"])
    assert counts == Upserted(inserted=1, updated=number - 1)


@few_and_many
async def test_every_type_can_be_updated(
    samples: SampleRepository,
    number: int,
) -> None:
    values = {
        "document": {"deep": [1, None, "ä"]},
        "key": UUID(int=7),
        "moment": LONG_AGO,
        "raw": b"\0\xff",
        "real": 0.1,
        "yes": True,
    }
    given = [{"id": key, **values} for key in range(1, number + 1)]
    await samples.insert_many({"id": row["id"]} for row in given[1:])
    for expected in (Upserted(1, number - 1), Upserted(0, 0)):
        counts = await samples.upsert_many(given, key=["id"], update=list(values))
        assert counts == expected
    for sample in await samples.for_update():
        assert {name: getattr(sample, name) for name in values} == values


async def test_rows_are_updated_by_their_key(notes: NoteRepository) -> None:
    await notes.add_all(models := [note(rank=rank) for rank in range(6)])
    given = [{"id": model.id, "text": f"rank {model.rank}"} for model in models]
    assert await notes.update_many([*given[1:], {"id": 404, "text": ""}]) == 5
    statement = select(Note.text, Note.version).order_by(Note.id)
    found = await notes.session.execute(statement)
    changed = [(f"rank {rank}", 2) for rank in range(1, 6)]
    assert [tuple(row) for row in found] == [("", 1), *changed]
    assert await notes.update_many([]) == 0
{% if mysql %}


async def test_a_second_unique_key_is_refused(notes: NoteRepository) -> None:
    given = [{"id": 1, **row()}]
    with pytest.raises(ValueError, match="leave out id"):
        await notes.upsert_many(given, key=["slug"], update=["text"])
{% endif %}
{% endcall %}
