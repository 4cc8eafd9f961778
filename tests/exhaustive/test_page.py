{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Pages: complete, in order, both ways, and safe from forged cursors."""

import hashlib
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from itsdangerous import TimestampSigner, base64_encode
from pydantic_core import to_json
{% if mysql %}
from sqlalchemy import Column, Float, bindparam, func, select
{% elif sqlite %}
from sqlalchemy import Column, Numeric, bindparam, func, select
{% else %}
from sqlalchemy import bindparam, func, select
{% endif %}

from {{ package_name }}.database import (
    Cursors,
    InvalidCursor,
    Page,
    Repository,
)
from {{ package_name }}.database.keyset import OrderBy, keyset
from {{ package_name }}.database.pages import _applied

from .factories import note
from .models import Note, Sample, Shelf
from .repositories import ShelfRepository

PRIORITY = Note.priority
{% if mysql %}
ROUNDED = Float()
{% elif sqlite %}
ROUNDED = Numeric(10, 2)
{% endif %}
ORDERS: list[OrderBy] = [
    [],
    [Note.id.desc()],
    [Note.rank, Note.id],
    [Note.rank.desc(), Note.slug],
    [PRIORITY],
    [PRIORITY.desc()],
    [PRIORITY.nulls_first(), Note.rank.desc()],
    [Note.rank, PRIORITY.desc().nulls_first(), Note.slug.desc()],
    [Note.created_at.desc(), Note.deleted_at, Note.shelf_id.nulls_first()],
]


@pytest.fixture(autouse=True)
async def notes_of_all_kinds(notes: Repository[Note]) -> None:
    kinds = product(range(3), (None, 1, None, 2))
    await notes.add_all(note(rank=rank, priority=priority) for rank, priority in kinds)


async def page(
    notes: Repository[Note], order: OrderBy, limit: int, cursor: str | None
) -> Page[Note]:
    return await notes.page(select(Note), order, limit=limit, cursor=cursor)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: ", ".join(map(str, order)))
@pytest.mark.parametrize("limit", [1, 5, 12])
async def test_the_pages_together_are_the_list(
    notes: Repository[Note], order: OrderBy, limit: int
) -> None:
    everything = await page(notes, order, 100, None)
    assert len(everything.items) == 12
    pages = [await page(notes, order, limit, None)]
    while cursor := pages[-1].next_cursor:
        pages.append(await page(notes, order, limit, cursor))
    assert [item for found in pages for item in found.items] == everything.items


async def test_nulls_are_where_the_order_says(notes: Repository[Note]) -> None:
    async def priorities(order: OrderBy) -> list[int | None]:
        found = await page(notes, order, 100, None)
        return [item.priority for item in found.items]

    assert await priorities([PRIORITY]) == [1] * 3 + [2] * 3 + [None] * 6
    assert await priorities([PRIORITY.desc()]) == [2] * 3 + [1] * 3 + [None] * 6
    first = await priorities([PRIORITY.nulls_first()])
    assert first == [None] * 6 + [1] * 3 + [2] * 3


async def test_rows_of_joined_tables_have_pages(notes: Repository[Note]) -> None:
    shelves = [Shelf(label=label) for label in "AABC"]
    for shelf in shelves[:3]:
        shelf.notes = [note(text=text) for text in "xyz"]
    notes.session.add_all(shelves)
    await notes.flush()
    joined = select(Shelf.id, Shelf.label, Note.id, Note.text)
    joined = joined.join_from(Shelf, Note, isouter=True)
    orders: list[OrderBy] = [
        [Shelf.id],
        [Shelf.label.desc()],
        [Note.text, Shelf.id],
        [Note.text.desc(), Shelf.id],
        [Note.text.nulls_first(), Shelf.id],
    ]
    for order in orders:
        found: list[Any] = []
        cursor = None
        for _ in range(5):
            rows = await notes.page_of_rows(joined, order, limit=2, cursor=cursor)
            found += rows.items
            cursor = rows.next_cursor
        everything = await notes.page_of_rows(joined, order, limit=100)
        assert cursor is None
        assert found == everything.items
        assert len(found) == 10
    unnamed = select(Note.id.label("key"))
    with pytest.raises(ValueError, match=r"need Note\.id, without a label"):
        await notes.page_of_rows(unnamed, [Note.id], limit=2)


async def test_an_order_without_a_place_for_each_row_is_refused(
    notes: Repository[Note],
) -> None:
    await notes.add_all([note(shelf=Shelf(label="A", notes=[note()]))])
    joined = select(Shelf.id, Note.id).join(Note)
    shelves = ShelfRepository(notes.session)
    with pytest.raises(ValueError, match="add a column to the order"):
        await shelves.page_of_rows(joined, [Shelf.id], limit=1)
    found = await shelves.page_of_rows(joined, [Shelf.id, Note.id], limit=1)
    assert found.next_cursor
    with pytest.raises(TypeError, match="by columns, not by lower"):
        await page(notes, [func.lower(Note.text)], 2, None)


async def test_a_statement_with_an_order_or_a_limit_is_refused(
    notes: Repository[Note],
) -> None:
    every = select(Note)
    for own in (every.order_by(Note.rank), every.limit(3), every.offset(3)):
        with pytest.raises(ValueError, match="its own order and limit"):
            await notes.page(own, [], limit=2)
    for limit in (0, -1):
        with pytest.raises(ValueError, match="at least one item"):
            await notes.page(every, [], limit=limit)


async def test_a_filter_with_parameters_is_built_once(
    notes: Repository[Note],
) -> None:
    ranked = select(Note).where(Note.rank == bindparam("rank"))
    built = _applied.cache_info().misses
    for rank in range(3):
        given = {"rank": rank}
        found = await notes.page(ranked, [], limit=3, parameters=given)
        assert {item.rank for item in found.items} == {rank}
        assert found.next_cursor
    assert _applied.cache_info().misses == built + 1


async def test_a_statement_and_its_order_are_looked_through_once(
    notes: Repository[Note],
) -> None:
    every = select(Note)
    looked = keyset.cache_info().misses
    for _ in range(3):
        await notes.page(every, [Note.rank.desc(), PRIORITY.nulls_first()], limit=3)
    assert keyset.cache_info().misses == looked + 1


async def test_any_bytes_have_a_cursor(samples: Repository[Sample]) -> None:
    raw = [bytes([255, number, 0]) for number in range(5)]
    await samples.insert_many({"raw": value} for value in raw)
    found: list[bytes | None] = []
    cursor = None
    for _ in range(3):
        every = select(Sample)
        rows = await samples.page(every, [Sample.raw], limit=2, cursor=cursor)
        found += [item.raw for item in rows.items]
        cursor = rows.next_cursor
    assert (found, cursor) == (raw, None)
{% if not postgresql %}


async def test_what_is_rounded_orders_no_page(notes: Repository[Note]) -> None:
    rounded = Column("rounded", ROUNDED)
    with pytest.raises(TypeError, match="is rounded when it is read"):
        await notes.page(select(Note), [rounded], limit=2)
{% endif %}


async def test_a_forged_cursor_is_refused(notes: Repository[Note]) -> None:
    first = await page(notes, [], 3, None)
    for forged in ("", "x", f"{first.next_cursor}x", "WzEsMl0.c2ln", "a.b.c"):
        with pytest.raises(InvalidCursor, match="not one of ours"):
            await page(notes, [], 3, forged)


async def test_a_cursor_of_another_list_is_refused(notes: Repository[Note]) -> None:
    first = await page(notes, [Note.rank], 3, None)
    with pytest.raises(InvalidCursor, match="another list"):
        await page(notes, [Note.rank.desc()], 3, first.next_cursor)


async def test_a_cursor_of_another_version_is_refused(notes: Repository[Note]) -> None:
    signer = TimestampSigner(
        "a secret of the tests",
        salt="cursor",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
    for values in ([], ["x"], [1, 2], [None, None]):
        content = base64_encode(to_json(["note.id", *values]))
        cursor = signer.sign(content).decode()
        with pytest.raises(InvalidCursor, match="another version"):
            await page(notes, [], 3, cursor)


async def test_a_cursor_of_a_wrong_content_is_refused(notes: Repository[Note]) -> None:
    signer = TimestampSigner(
        "a secret of the tests",
        salt="cursor",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
    ids = [2**63, -(2**63) - 1, 2**200, 10**400, "x", 1.5, [1], {"id": 1}]
    contents: list[object] = [None, True, 5, "note.id", {}, [], [["note.id"]]]
    contents += [["note.id", wrong, 5] for wrong in ([1], "x", 0, None)]
    contents += [["note.id", False, wrong] for wrong in ids]
    for content in contents:
        cursor = signer.sign(base64_encode(to_json(content))).decode()
        with pytest.raises(InvalidCursor, match=r"another (list|version)"):
            await page(notes, [], 3, cursor)


async def test_an_old_cursor_is_refused(notes: Repository[Note]) -> None:
    now = timedelta(0)
    notes.session.info["cursors"] = Cursors("a secret of the tests", max_age=now)
    first = await page(notes, [], 3, None)
    with pytest.raises(InvalidCursor, match="too old"):
        await page(notes, [], 3, first.next_cursor)


async def test_a_cursor_of_a_clock_that_is_ahead_is_taken(
    notes: Repository[Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        now = TimestampSigner("").get_timestamp()
        ahead.setattr(TimestampSigner, "get_timestamp", lambda _: now + 5)
        first = await page(notes, [], 3, None)
    second = await page(notes, [], 3, first.next_cursor)
    assert len(second.items) == 3
{% endcall %}
