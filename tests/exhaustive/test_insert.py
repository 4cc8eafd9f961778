{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Many rows at once arrive as they would one by one."""

import pytest

from .factories import rows
from .repositories import NoteRepository, SampleRepository, ShelfRepository
from .test_types import VALUES


@pytest.mark.parametrize(("column", "value"), VALUES, ids=lambda part: repr(part)[:20])
async def test_a_value_comes_back(
    samples: SampleRepository, column: str, value: object
) -> None:
    await samples.insert_many([{column: value}, {column: None}])
    found = [getattr(sample, column) for sample in await samples.for_update()]
    assert found == [value, None]
    assert type(found[0]) is type(value)


@pytest.mark.usefixtures("small_chunks")
async def test_what_is_not_given_is_filled_in(
    shelves: ShelfRepository, notes: NoteRepository
) -> None:
    await shelves.insert_many({"label": label} for label in "abcdef")
    found = await shelves.for_update()
    assert [shelf.label for shelf in found] == list("abcdef")
    assert {shelf.id.version for shelf in found} == {7}
    await notes.insert_many(rows(1, shelf_id=found[0].id))
    (inserted,) = await notes.for_update()
    assert inserted.version == 1
    assert inserted.created_at == inserted.updated_at


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("number", [0, 1, 4, 9])
async def test_rows_are_counted(notes: NoteRepository, number: int) -> None:
    assert await notes.insert_many(iter(rows(number))) == number
    assert await notes.count() == number


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("number", [0, 1, 4, 9])
async def test_models_are_returned_in_order(notes: NoteRepository, number: int) -> None:
    given = rows(number)[::-1]
    models = await notes.insert_returning(given)
    assert [model.slug for model in models] == [row["slug"] for row in given]
    assert [model.version for model in models] == [1] * number
    assert await notes.by_keys([model.id for model in models]) == models
{% endcall %}
