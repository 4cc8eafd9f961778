{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Many rows at once: all or none, and the same errors as one by one."""

from uuid import UUID

import pytest

from {{ package_name }}.database import (
    CheckFailed,
    Conflict,
    ConstraintViolated,
    ReferenceMissing,
    RowValues,
    Upserted,
)

from .factories import note, row, rows
from .models import Note
from .repositories import NoteRepository

NOBODY = UUID(int=0)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize(
    "odd", [{"slug": "x"}, {**row(), "priority": 1}, {**row(), "colour": "green"}]
)
@pytest.mark.parametrize("before", [1, 4])
async def test_rows_with_other_columns_are_refused(
    notes: NoteRepository, odd: RowValues, before: int
) -> None:
    with pytest.raises(ValueError, match=r"each row must have|no colour"):
        await notes.insert_many([*rows(before), odd])
    assert await notes.count() == 0


async def test_an_unknown_column_is_refused(notes: NoteRepository) -> None:
    with pytest.raises(ValueError, match="note has no colour"):
        await notes.insert_many(rows(1, colour="green"))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("insert", ["insert_many", "insert_returning"])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"slug": "taken"}, Conflict),
        ({"shelf_id": NOBODY}, ReferenceMissing),
        ({"rank": -1}, CheckFailed),
        ({"text": None}, CheckFailed),
    ],
)
async def test_all_are_written_or_none(
    notes: NoteRepository,
    insert: str,
    wrong: RowValues,
    error: type[ConstraintViolated],
) -> None:
    await notes.add(note(slug="taken"))
    given = [*rows(9, shelf_id=None), {**row(shelf_id=None), **wrong}]
    with pytest.raises(error) as refused:
        await getattr(notes, insert)(given)
    with pytest.raises(error) as alone:
        await notes.add(Note(**given[-1]))
    assert refused.value.constraint == alone.value.constraint
    assert refused.value.columns == alone.value.columns
    assert await notes.count() == 1


@pytest.mark.parametrize("wrong", [{"text": ""}, {"id": 1, "colour": "green"}])
async def test_an_update_needs_the_key_and_known_columns(
    notes: NoteRepository, wrong: RowValues
) -> None:
    with pytest.raises(ValueError, match=r"id|colour"):
        await notes.update_many([wrong])


@pytest.mark.usefixtures("small_chunks")
async def test_updates_are_done_all_or_none(notes: NoteRepository) -> None:
    await notes.add_all(models := [note() for _ in range(6)])
    ranks = [{"id": model.id, "rank": 1} for model in models]
    with pytest.raises(CheckFailed):
        await notes.update_many([*ranks, {"id": models[0].id, "rank": -1}])
    assert await notes.count(Note.rank == 1) == 0


async def test_a_refused_update_spoils_nothing_else(notes: NoteRepository) -> None:
    await notes.add_all(models := [note() for _ in range(9)])
    for _ in range(9):
        with pytest.raises(CheckFailed):
            await notes.update_many({"id": model.id, "rank": -1} for model in models)
        assert await notes.count() == 9


@pytest.mark.parametrize("number", [3, 60])
async def test_all_are_upserted_or_none(notes: NoteRepository, number: int) -> None:
    good = rows(number, shelf_id=None)
    for wrong, error in (
        (row(shelf_id=UUID(int=0)), ReferenceMissing),
        (row(shelf_id=None, rank=-1), CheckFailed),
        (row(), ValueError),
        (row(shelf_id=None, priority=1), ValueError),
    ):
        with pytest.raises(error):
            await notes.upsert_many([*good, wrong], key=["slug"], update=["rank"])
        assert await notes.count() == 0


@pytest.mark.usefixtures("small_chunks")
async def test_a_later_chunk_may_update_an_earlier(notes: NoteRepository) -> None:
    given = [*rows(2), row(slug="same"), *rows(2), row(slug="same", text="new")]
    counts = await notes.upsert_many(given, key=["slug"], update=["text"])
    assert counts == Upserted(inserted=5, updated=1)
    assert await notes.count(Note.text == "new") == 1
{% endcall %}
