{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Rows that are inserted, or updated where they are there already."""

from datetime import UTC, datetime
{% if postgresql %}
from decimal import Decimal
{% endif %}
from uuid import UUID

import pytest
{% if postgresql %}
from sqlalchemy import Numeric, select
{% else %}
from sqlalchemy import select
{% endif %}
{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
{% else %}
from sqlalchemy.orm import Mapped, Session, mapped_column
{% endif %}

from {{ package_name }}.database import (
{% if postgresql %}
    CheckFailed,
{% endif %}
    IntegerKey,
    Repository,
    RowValues,
    Str64,
    Upserted,
)
from {{ package_name }}.database.rows import deduplicate

from .factories import note, row, rows
from .models import Note, Scratch
from .repositories import NoteRepository, SampleRepository, ShelfRepository

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# Many rows may be sent another way than few.
few_and_many = pytest.mark.parametrize("number", [3, 60])


class Seen(IntegerKey, Scratch):
    """Something that Python marks with every update."""

    __tablename__ = "seen"

    by: Mapped[Str64] = mapped_column(onupdate=lambda: "nobody")
    count: Mapped[int] = mapped_column(onupdate=0)


class SeenRepository(Repository[Seen]):
    """Finds and stores these."""

    model = Seen
{% if postgresql %}


class Price(IntegerKey, Scratch):
    """A price that no other has."""

    __tablename__ = "price"

    price: Mapped[Decimal] = mapped_column(Numeric(10, 2), unique=True)


class PriceRepository(Repository[Price]):
    """Finds and stores prices."""

    model = Price
{% endif %}


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


@few_and_many
async def test_what_is_given_is_not_overwritten(
    notes: NoteRepository,
    number: int,
) -> None:
    await notes.insert_many(there := rows(number))
    given = [{**row, "updated_at": LONG_AGO, "version": 7} for row in there]
    counts = await notes.upsert_many(
        given,
        key=["slug"],
        update=["updated_at", "version"],
    )
    assert counts == Upserted(inserted=0, updated=number)
    assert await notes.count(Note.updated_at == LONG_AGO, Note.version == 7) == number


@few_and_many
async def test_what_is_given_for_new_rows_changes_no_other(
    notes: NoteRepository,
    number: int,
) -> None:
    await notes.insert_many(there := rows(number))
    given = [{**row, "updated_at": LONG_AGO, "text": "new"} for row in there]
    await notes.upsert_many(given, key=["slug"], update=["text"])
    assert await notes.count(Note.text == "new", Note.updated_at > LONG_AGO) == number


async def test_what_python_sets_with_an_update_has_to_be_given(
    session: AsyncSession,
) -> None:
    seen = SeenRepository(session)
    given = [{"id": 1, "by": "Eve", "count": 1}]
    for update in (["by"], ["count"]):
        with pytest.raises(TypeError, match="is not SQL: add it to `update`"):
            await seen.upsert_many(given, key=["id"], update=update)


def test_keys_with_null_are_not_alike() -> None:
    given: list[RowValues] = [
        {"a": 1, "b": None},
        {"a": 1, "b": None},
        {"a": 1, "b": 2},
    ]
    assert sorted(map(str, deduplicate(given, ["a", "b"]))) == sorted(map(str, given))
    assert deduplicate([*given, given[2]], ["a"]) == given[2:]
{% if not sqlite %}
    # So that two who write the same rows do not wait in a circle.
    rows = [{"a": "x"}, {"a": "y"}, {"a": "z"}]
    assert deduplicate(rows[::-1], ["a"]) == deduplicate(rows, ["a"]) == rows
{% endif %}
{% if postgresql %}


@few_and_many
async def test_keys_that_are_stored_alike_are_refused(
    session: AsyncSession,
    number: int,
) -> None:
    given = [{"price": Decimal(price)} for price in (*range(number), "1.001")]
    prices = PriceRepository(session)
    with pytest.raises(CheckFailed, match="two rows have the same price"):
        await prices.upsert_many(given, key=["price"], update=["price"])
    given = [*given[2:], {"price": Decimal("NaN")}]
    counts = await prices.upsert_many(given, key=["price"], update=["price"])
    assert counts == Upserted(inserted=number, updated=0)
{% elif mysql %}


async def test_spaces_at_the_end_make_no_other_key(notes: NoteRepository) -> None:
    given = [row(slug="a", rank=1), row(slug="a ", rank=2), row(slug="b")]
    counts = await notes.upsert_many(given, key=["slug"], update=["rank"])
    assert counts == Upserted(inserted=2, updated=0)
    assert await notes.count(Note.rank == 2) == 1
{% endif %}
{% endcall %}
