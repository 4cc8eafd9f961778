{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""Rows that several units of work lock at the same time: all in one order."""

from functools import partial

from sqlalchemy import select
from sqlalchemy import update as sql_update
{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload
{% else %}
from sqlalchemy.orm import Session, joinedload
{% endif %}

from {{ package_name }}.database import (
    Sessions,
    run_in_unit_of_work,
    unit_of_work,
)

from .factories import note, store
from .models import Note
from .repositories import NoteRepository
from .together import at_once

SLUGS = [f"note-{number}" for number in range(20)]


async def upsert(notes: NoteRepository, shuffled: list[str]) -> None:
    given = [{"slug": slug, "text": shuffled[0], "rank": 0} for slug in shuffled]
    await notes.upsert_many(given, key=["slug"], update=["text"])


async def lock(notes: NoteRepository, shuffled: list[str]) -> None:
    for found in await notes.for_update(Note.slug.in_(shuffled[:8])):
        found.rank += 1


async def update(notes: NoteRepository, shuffled: list[str]) -> None:
    there = await notes.session.scalars(select(Note.id))
    keys = list(there)
    keys.sort(reverse=shuffled[0] > shuffled[1])
    await notes.update_many([{"id": key, "rank": 1} for key in keys])


async def update_some(notes: NoteRepository, shuffled: list[str]) -> None:
    await notes.update_where(Note.slug.in_(shuffled[:8]), rank=2)


async def update_all(notes: NoteRepository, shuffled: list[str]) -> None:
    await notes.update_where(Note.rank >= 0, text=shuffled[0])


async def delete_some(notes: NoteRepository, shuffled: list[str]) -> None:
    await notes.delete_where(Note.slug.in_(shuffled[:2]))


WORK = [upsert, lock, update, update_some, update_all, delete_some]


async def test_nobody_waits_in_a_circle(real_sessions: Sessions) -> None:
    tries = 0

    async def work(session: AsyncSession, number: int) -> None:
        nonlocal tries
        tries += 1
        shuffled = sorted(SLUGS, key=lambda slug: hash((slug, number)))
        await WORK[number % len(WORK)](NoteRepository(session), shuffled)

    async def once(number: int) -> None:
        await run_in_unit_of_work(real_sessions, partial(work, number=number))

    inserting = range(0, 6 * len(WORK), len(WORK))
    assert await at_once(once, inserting) == [None] * len(inserting)
    # In the order of their keys they come in another than in that of their slugs.
    async with unit_of_work(real_sessions) as session:
        await NoteRepository(session).delete_where()
    await store(real_sessions, *(note(slug=slug) for slug in reversed(SLUGS)))
    numbers = range(30)
    assert await at_once(once, numbers) == [None] * len(numbers)
{% if mysql %}
    # A row that comes between the look at the keys and the insert is locked by its slug.
    assert tries <= len(inserting) + len(numbers) + 2, "many were interrupted"
{% else %}
    assert tries == len(inserting) + len(numbers), "some were interrupted"
{% endif %}


async def test_what_is_locked_is_read_again(notes: NoteRepository) -> None:
    stale = await notes.add(note(rank=1))
    connection = await notes.session.connection()
    for rank in (2, 3):
        await connection.execute(sql_update(Note).values(rank=rank))
        if rank == 2:
            await notes.for_update()
        else:
            await notes.get(stale.id, for_update=True)
        assert stale.rank == rank


async def test_only_its_own_rows_are_locked(notes: NoteRepository) -> None:
    await notes.add(note())
    # The shelf is not to be locked: it may be none.
    with_shelf = [joinedload(Note.shelf)]
    (locked,) = await notes.for_update(options=with_shelf)
    assert locked.shelf is None
    again = await notes.get_one(locked.id, *with_shelf, for_update=True)
    assert again is locked
{% endcall %}
