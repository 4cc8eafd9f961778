{% from "hooks/unasync.jinja" import unasync with context %}
"""What the data layer promises, to whoever changes it or moves to a newer SQLAlchemy."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import column, literal, select, update
from sqlalchemy.exc import StatementError
{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
{% else %}
from sqlalchemy.orm import Session, selectinload
{% endif %}

from {{ package_name }}.connection import connected
from {{ package_name }}.database import (
    CheckFailed,
    CommitUnknown,
    Conflict,
    ConstraintViolated,
    Cursors,
    Interrupted,
    InvalidCursor,
    LockTimeout,
    NotFound,
    Page,
    ReferenceMissing,
    Sessions,
    Stale,
    Unavailable,
    Upserted,
    run_in_unit_of_work,
    run_once,
    unit_of_work,
)
from {{ package_name }}.settings import Settings

from ..conftest import AtMost
from .models import Drawer, Kind, Specimen, SpecimenRepository, SpecimenRequest

numbers = count(1)
NOBODY = UUID(int=0)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
{% if mysql %}
LOCK_WAIT = 1.0  # seconds: MySQL counts whole ones
{% else %}
LOCK_WAIT = 0.2  # seconds
{% endif %}


def row(**values: Any) -> dict[str, Any]:
    """Return the values of a specimen: valid ones, but for those that are given."""
    return {"code": f"code-{next(numbers)}", "legs": 6, "drawer_id": None, **values}


def specimen(**values: Any) -> Specimen:
    """Return a specimen that is not stored yet."""
    return Specimen(**row(**values))


{% call unasync() %}
@pytest.fixture
def specimens(session: AsyncSession) -> SpecimenRepository:
    """The specimens, none so far."""
    return SpecimenRepository(session)


async def store(sessions: Sessions, *codes: str) -> None:
    """Store specimens in a unit of work of their own."""
    async with unit_of_work(sessions) as session:
        session.add_all([specimen(code=code) for code in codes])


async def stored(sessions: Sessions) -> list[str]:
    """Return the codes that a new unit of work sees, the oldest first."""
    async with unit_of_work(sessions) as session:
        codes = select(Specimen.code).order_by(Specimen.id)
        return list(await session.scalars(codes))


async def test_a_unit_of_work_is_committed(sessions: Sessions) -> None:
    await store(sessions, "kept")
    assert await stored(sessions) == ["kept"]


async def test_a_unit_of_work_that_raises_is_rolled_back(sessions: Sessions) -> None:
    async def fail() -> None:
        async with unit_of_work(sessions) as session:
            await SpecimenRepository(session).add(specimen())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await stored(sessions) == []


async def test_a_nested_unit_of_work_is_refused(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        session.add(specimen(code="outer"))
        with pytest.raises(RuntimeError, match="S20"):
            await store(sessions, "inner")
    assert await stored(sessions) == ["outer"]


async def test_a_savepoint_fails_alone(sessions: Sessions) -> None:
    async with unit_of_work(sessions) as session:
        specimens = SpecimenRepository(session)
        await specimens.add(specimen(code="before"))
        with pytest.raises(Conflict):
            await specimens.add_all([specimen(code="no"), specimen(code="before")])
        await specimens.add(specimen(code="after"))
    assert await stored(sessions) == ["before", "after"]


async def test_an_interrupted_unit_of_work_is_retried(sessions: Sessions) -> None:
    async def work(session: AsyncSession) -> int:
        await SpecimenRepository(session).add(specimen(code=f"try {len(tries)}"))
        tries.append(session)
        if len(tries) < 3:
            raise Interrupted
        return len(tries)

    tries: list[AsyncSession] = []
    assert await run_in_unit_of_work(sessions, work) == 3
    assert await stored(sessions) == ["try 2"]


@pytest.mark.parametrize(
    ("error", "times"),
    [(Conflict("no"), 1), (CommitUnknown(), 1), (LockTimeout(), 2)],
    ids=["conflict", "unknown commit", "lock timeout"],
)
async def test_other_errors_are_not_retried(
    sessions: Sessions, error: Exception, times: int
) -> None:
    async def work(session: AsyncSession) -> None:
        tries.append(session)
        raise error

    tries: list[AsyncSession] = []
    with pytest.raises(type(error)):
        await run_in_unit_of_work(sessions, work)
    assert len(tries) == times


async def test_a_request_with_a_key_is_carried_out_once(sessions: Sessions) -> None:
    async def work(session: AsyncSession) -> dict[str, object]:
        added = await SpecimenRepository(session).add(specimen())
        if errors:
            raise errors.pop()
        return {"code": added.code}

    async def ask(request: object) -> dict[str, object]:
        return await run_once(sessions, SpecimenRequest, "key", request, work)

    errors: list[Exception] = [RuntimeError()]
    with pytest.raises(RuntimeError):
        await ask({"a": 1, "b": 2})
    first = await ask({"a": 1, "b": 2})
    assert await ask({"b": 2, "a": 1}) == first
    with pytest.raises(Conflict, match="another request"):
        await ask({"a": 2, "b": 2})
    assert await stored(sessions) == [first["code"]]


@pytest.mark.parametrize(
    ("wrong", "error", "columns"),
    [
        ({"code": "taken"}, Conflict, ("code",)),
{% if sqlite %}
        # SQLite does not tell which reference it was.
        ({"drawer_id": NOBODY}, ReferenceMissing, ()),
{% else %}
        ({"drawer_id": NOBODY}, ReferenceMissing, ("drawer_id",)),
{% endif %}
        ({"legs": -1}, CheckFailed, ()),
        ({"legs": None}, CheckFailed, ("legs",)),
    ],
    ids=["taken", "reference", "check", "null"],
)
async def test_a_refused_write_says_why(
    specimens: SpecimenRepository,
    wrong: dict[str, Any],
    error: type[ConstraintViolated],
    columns: tuple[str, ...],
) -> None:
    await specimens.add(specimen(code="taken"))
    with pytest.raises(error) as one:
        await specimens.add(specimen(**wrong))
    with pytest.raises(error) as many:
        await specimens.insert_many([row(), row(**wrong)])
    assert one.value.columns == many.value.columns == columns
    assert await specimens.count() == 1


async def test_a_row_in_use_is_not_deleted(specimens: SpecimenRepository) -> None:
    await specimens.add(specimen(drawer=(drawer := Drawer(label="A"))))
    await specimens.session.delete(drawer)
    with pytest.raises(Conflict):
        await specimens.flush()


async def test_what_is_not_there_is_not_found(specimens: SpecimenRepository) -> None:
    assert await specimens.get(404) is None
    with pytest.raises(NotFound, match="there is no Specimen 404"):
        await specimens.get_one(404)


async def test_no_error_shows_what_was_sent(specimens: SpecimenRepository) -> None:
    with pytest.raises(StatementError) as error:
        await specimens.session.scalar(select(column("nothing") + literal("a secret")))
    assert "a secret" not in str(error.value)


async def test_the_database_fills_in_with_the_write(
    specimens: SpecimenRepository, at_most: AtMost
) -> None:
{% if mysql %}
    with at_most(2):  # MySQL does not return what it filled in
        added = await specimens.add(specimen())
{% else %}
    with at_most(1):
        added = await specimens.add(specimen())
{% endif %}
        assert (added.version, added.created_at) == (1, added.updated_at)
    assert abs(datetime.now(UTC) - added.created_at) < timedelta(minutes=1)
    assert await specimens.by_keys([404, added.id]) == [added]


async def test_a_stale_write_is_refused(
    sessions: Sessions, specimens: SpecimenRepository
) -> None:
    stale = await specimens.add(specimen(updated_at=LONG_AGO))
    async with unit_of_work(sessions) as session:
        changed = await SpecimenRepository(session).get_one(stale.id)
        changed.legs = 7
        await session.flush()
        assert changed.version == 2
        assert changed.updated_at > LONG_AGO
    with pytest.raises(Stale, match="read it again"):
        changed.expect(1)
    stale.legs = 8
    with pytest.raises(Stale):
        await specimens.flush()


async def test_what_is_deleted_softly_is_hidden(specimens: SpecimenRepository) -> None:
    drawer = Drawer(label="A", specimens=[specimen(code="old"), specimen(code="new")])
    specimens.session.add(drawer)
    await specimens.flush()
    old, new = drawer.specimens
    await specimens.delete(old)
    specimens.session.expunge_all()
    assert await specimens.get(old.id) is None
    assert [found.id for found in await specimens.find()] == [new.id]
    assert await specimens.count() == await specimens.update_where(legs=7) == 1
    loaded = await specimens.session.scalars(
        select(Drawer).options(selectinload(Drawer.specimens))
    )
    assert [found.code for found in loaded.one().specimens] == ["new"]
    assert len(await specimens.for_update(include_deleted=True)) == 2
    await specimens.add(specimen(code="old"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "naïve Straße, Ελληνικά, \U0001f375"),
        ("kind", Kind.BEETLE),
        ("found_at", datetime(2026, 3, 29, 2, tzinfo=timezone(timedelta(hours=5)))),
        ("picture", bytes(range(256))),
        ("notes", {"ä": [1, 2.5, None, True]}),
    ],
)
async def test_a_value_comes_back(
    specimens: SpecimenRepository, name: str, value: object
) -> None:
    await specimens.add(specimen(**{name: value}))
    await specimens.insert_many([row(**{name: value})] * (name != "code"))
    for found in await specimens.session.scalars(select(getattr(Specimen, name))):
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"found_at": datetime(2026, 1, 1)},  # noqa: DTZ001 (that is the point)
        {"kind": "a bird"},
        {"code": "x" * 65},
    ],
    ids=["naive", "no member", "too long"],
)
async def test_an_invalid_value_is_refused(
    specimens: SpecimenRepository, wrong: dict[str, Any]
) -> None:
    with pytest.raises(CheckFailed):
        await specimens.add(specimen(**wrong))


async def test_rows_are_inserted_and_updated(specimens: SpecimenRepository) -> None:
    old = [row(updated_at=LONG_AGO) for _ in range(3)]
    assert await specimens.insert_many(old) == 3
    given = [{"code": old[0]["code"], "legs": 8}, {"code": old[1]["code"], "legs": 6}]
    given += [{"code": "new", "legs": 6}]
    counts = await specimens.upsert_many(given, key=["code"], update=["legs"])
    assert counts == Upserted(inserted=1, updated=1)
    changed = await specimens.find_one(Specimen.legs == 8)
    assert changed is not None
    assert (changed.version, changed.updated_at > LONG_AGO) == (2, True)
    rows = [{"id": changed.id, "legs": 9}, {"id": 404, "legs": 9}]
    assert await specimens.update_many(rows) == 1
    assert await specimens.update_where(Specimen.legs == 9, legs=0) == 1
    assert await specimens.delete_where(Specimen.legs == 0, Specimen.version == 4) == 1
    assert await specimens.count() == 3


async def test_models_are_returned_in_order(specimens: SpecimenRepository) -> None:
    given = [row() for _ in range(9)][::-1]
    models = await specimens.insert_returning(given)
    assert [model.code for model in models] == [row["code"] for row in given]
    stream = await specimens.stream(select(Specimen).order_by(Specimen.id))
    assert await stream.all() == models


@pytest.mark.parametrize(
    "order",
    [
        [Specimen.rating],
        [Specimen.rating.desc().nulls_first()],
        [Specimen.legs, Specimen.rating.desc(), Specimen.code],
    ],
    ids=["NULLs last", "NULLs first", "three columns"],
)
async def test_the_pages_together_are_the_list(
    specimens: SpecimenRepository, order: list[Any]
) -> None:
    ratings = (None, 1, None, 2, None, None)
    await specimens.insert_many(row(rating=rating) for rating in ratings)

    async def page(limit: int, cursor: str | None = None) -> Page[Specimen]:
        every = select(Specimen)
        return await specimens.page(
            every, order, limit=limit, cursor=cursor, with_total=cursor is None
        )

    whole = await page(6)
    pages = [await page(2)]
    while cursor := pages[-1].next_cursor:
        pages.append(await page(2, cursor))
    assert [item for page in pages for item in page.items] == whole.items
    assert (len(pages), pages[0].total) == (3, 6)


async def test_a_forged_cursor_is_refused(specimens: SpecimenRepository) -> None:
    await specimens.insert_many([row(), row()])
    every, order = select(Specimen), [Specimen.code]
    page = await specimens.page(every, order, limit=1)
    for forged in ("x", f"{page.next_cursor}x"):
        with pytest.raises(InvalidCursor, match="not one of ours"):
            await specimens.page(every, order, limit=1, cursor=forged)
    for another in ([], [Specimen.code.desc()]):
        with pytest.raises(InvalidCursor, match="another list"):
            await specimens.page(every, another, limit=1, cursor=page.next_cursor)
    specimens.session.info["cursors"] = Cursors("another secret")
    with pytest.raises(InvalidCursor, match="not one of ours"):
        await specimens.page(every, order, limit=1, cursor=page.next_cursor)


async def test_what_is_locked_is_read_again(
    specimens: SpecimenRepository, at_most: AtMost
) -> None:
    stale = await specimens.add(specimen())
    connection = await specimens.session.connection()
    await connection.execute(update(Specimen).values(legs=7))
{% if sqlite %}
    await specimens.for_update()
{% else %}
    with at_most(2) as statements:
        await specimens.for_update()
    # All lock in one order, so that two never wait for each other.
    (locking,) = [sent for sent in statements if "FOR UPDATE" in sent]
    assert "ORDER BY specimen.id" in locking
{% endif %}
    assert stale.legs == 7


async def test_a_lock_is_not_waited_for_longer_than_set(
    settings: Settings, sessions: Sessions
) -> None:
    hasty = settings.model_copy(update={"database_lock_timeout": LOCK_WAIT})
    async with connected(hasty) as others, unit_of_work(sessions) as session:
        await SpecimenRepository(session).add(specimen(code="same"))
        async with others() as other:
            waiting = SpecimenRepository(other)
            with pytest.raises(LockTimeout):
                await waiting.add(specimen(code="same"))


async def test_no_more_connections_than_set_are_used(settings: Settings) -> None:
    pool = {"database_pool_size": 1, "database_max_overflow": 0}
    small = settings.model_copy(update={**pool, "database_pool_timeout": 0.01})
    async with connected(small) as sessions, sessions() as session:
        await session.connection()
        with pytest.raises(Unavailable, match="every connection"):
            await stored(sessions)


async def test_a_slow_statement_is_logged_without_parameters(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for seconds, logged in ((60, False), (0, True)):
        watched = settings.model_copy(update={"database_slow_statement": seconds})
        async with connected(watched) as sessions, unit_of_work(sessions) as session:
            await session.execute(select(literal("a secret")))
        assert ("slow statement" in caplog.text) is logged
    assert "a secret" not in caplog.text
{% endcall %}
