"""What the data layer promises, to whoever changes it or moves to a newer SQLAlchemy."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import column, literal, select, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session, selectinload

from my_service.connection import connected
from my_service.database import (
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
from my_service.settings import Settings

from ..conftest import AtMost
from .models import Drawer, Kind, Specimen, SpecimenRepository, SpecimenRequest

numbers = count(1)
NOBODY = UUID(int=0)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LOCK_WAIT = 0.2  # seconds


def row(**values: Any) -> dict[str, Any]:
    """Return the values of a specimen: valid ones, but for those that are given."""
    return {"code": f"code-{next(numbers)}", "legs": 6, "drawer_id": None, **values}


def specimen(**values: Any) -> Specimen:
    """Return a specimen that is not stored yet."""
    return Specimen(**row(**values))


@pytest.fixture
def specimens(session: Session) -> SpecimenRepository:
    """The specimens, none so far."""
    return SpecimenRepository(session)


def store(sessions: Sessions, *codes: str) -> None:
    """Store specimens in a unit of work of their own."""
    with unit_of_work(sessions) as session:
        session.add_all([specimen(code=code) for code in codes])


def stored(sessions: Sessions) -> list[str]:
    """Return the codes that a new unit of work sees, the oldest first."""
    with unit_of_work(sessions) as session:
        codes = select(Specimen.code).order_by(Specimen.id)
        return list(session.scalars(codes))


def test_a_unit_of_work_is_committed(sessions: Sessions) -> None:
    store(sessions, "kept")
    assert stored(sessions) == ["kept"]


def test_a_unit_of_work_that_raises_is_rolled_back(sessions: Sessions) -> None:
    def fail() -> None:
        with unit_of_work(sessions) as session:
            SpecimenRepository(session).add(specimen())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert stored(sessions) == []


def test_a_nested_unit_of_work_is_refused(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        session.add(specimen(code="outer"))
        with pytest.raises(RuntimeError, match="S20"):
            store(sessions, "inner")
    assert stored(sessions) == ["outer"]


def test_a_savepoint_fails_alone(sessions: Sessions) -> None:
    with unit_of_work(sessions) as session:
        specimens = SpecimenRepository(session)
        specimens.add(specimen(code="before"))
        with pytest.raises(Conflict):
            specimens.add_all([specimen(code="no"), specimen(code="before")])
        specimens.add(specimen(code="after"))
    assert stored(sessions) == ["before", "after"]


def test_an_interrupted_unit_of_work_is_retried(sessions: Sessions) -> None:
    def work(session: Session) -> int:
        SpecimenRepository(session).add(specimen(code=f"try {len(tries)}"))
        tries.append(session)
        if len(tries) < 3:
            raise Interrupted
        return len(tries)

    tries: list[Session] = []
    assert run_in_unit_of_work(sessions, work) == 3
    assert stored(sessions) == ["try 2"]


@pytest.mark.parametrize(
    ("error", "times"),
    [(Conflict("no"), 1), (CommitUnknown(), 1), (LockTimeout(), 2)],
    ids=["conflict", "unknown commit", "lock timeout"],
)
def test_other_errors_are_not_retried(
    sessions: Sessions, error: Exception, times: int
) -> None:
    def work(session: Session) -> None:
        tries.append(session)
        raise error

    tries: list[Session] = []
    with pytest.raises(type(error)):
        run_in_unit_of_work(sessions, work)
    assert len(tries) == times


def test_a_request_with_a_key_is_carried_out_once(sessions: Sessions) -> None:
    def work(session: Session) -> dict[str, object]:
        added = SpecimenRepository(session).add(specimen())
        if errors:
            raise errors.pop()
        return {"code": added.code}

    def ask(request: object) -> dict[str, object]:
        return run_once(sessions, SpecimenRequest, "key", request, work)

    errors: list[Exception] = [RuntimeError()]
    with pytest.raises(RuntimeError):
        ask({"a": 1, "b": 2})
    first = ask({"a": 1, "b": 2})
    assert ask({"b": 2, "a": 1}) == first
    with pytest.raises(Conflict, match="another request"):
        ask({"a": 2, "b": 2})
    assert stored(sessions) == [first["code"]]


@pytest.mark.parametrize(
    ("wrong", "error", "columns"),
    [
        ({"code": "taken"}, Conflict, ("code",)),
        # SQLite does not tell which reference it was.
        ({"drawer_id": NOBODY}, ReferenceMissing, ()),
        ({"legs": -1}, CheckFailed, ()),
        ({"legs": None}, CheckFailed, ("legs",)),
    ],
    ids=["taken", "reference", "check", "null"],
)
def test_a_refused_write_says_why(
    specimens: SpecimenRepository,
    wrong: dict[str, Any],
    error: type[ConstraintViolated],
    columns: tuple[str, ...],
) -> None:
    specimens.add(specimen(code="taken"))
    with pytest.raises(error) as one:
        specimens.add(specimen(**wrong))
    with pytest.raises(error) as many:
        specimens.insert_many([row(), row(**wrong)])
    assert one.value.columns == many.value.columns == columns
    assert specimens.count() == 1


def test_a_row_in_use_is_not_deleted(specimens: SpecimenRepository) -> None:
    specimens.add(specimen(drawer=(drawer := Drawer(label="A"))))
    specimens.session.delete(drawer)
    with pytest.raises(Conflict):
        specimens.flush()


def test_what_is_not_there_is_not_found(specimens: SpecimenRepository) -> None:
    assert specimens.get(404) is None
    with pytest.raises(NotFound, match="there is no Specimen 404"):
        specimens.get_one(404)


def test_no_error_shows_what_was_sent(specimens: SpecimenRepository) -> None:
    with pytest.raises(StatementError) as error:
        specimens.session.scalar(select(column("nothing") + literal("a secret")))
    assert "a secret" not in str(error.value)


def test_the_database_fills_in_with_the_write(
    specimens: SpecimenRepository, at_most: AtMost
) -> None:
    with at_most(1):
        added = specimens.add(specimen())
        assert (added.version, added.created_at) == (1, added.updated_at)
    assert abs(datetime.now(UTC) - added.created_at) < timedelta(minutes=1)
    assert specimens.by_keys([404, added.id]) == [added]


def test_a_stale_write_is_refused(
    sessions: Sessions, specimens: SpecimenRepository
) -> None:
    stale = specimens.add(specimen(updated_at=LONG_AGO))
    with unit_of_work(sessions) as session:
        changed = SpecimenRepository(session).get_one(stale.id)
        changed.legs = 7
        session.flush()
        assert changed.version == 2
        assert changed.updated_at > LONG_AGO
    with pytest.raises(Stale, match="read it again"):
        changed.expect(1)
    stale.legs = 8
    with pytest.raises(Stale):
        specimens.flush()


def test_what_is_deleted_softly_is_hidden(specimens: SpecimenRepository) -> None:
    drawer = Drawer(label="A", specimens=[specimen(code="old"), specimen(code="new")])
    specimens.session.add(drawer)
    specimens.flush()
    old, new = drawer.specimens
    specimens.delete(old)
    specimens.session.expunge_all()
    assert specimens.get(old.id) is None
    assert [found.id for found in specimens.find()] == [new.id]
    assert specimens.count() == specimens.update_where(legs=7) == 1
    loaded = specimens.session.scalars(
        select(Drawer).options(selectinload(Drawer.specimens))
    )
    assert [found.code for found in loaded.one().specimens] == ["new"]
    assert len(specimens.for_update(include_deleted=True)) == 2
    specimens.add(specimen(code="old"))


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
def test_a_value_comes_back(
    specimens: SpecimenRepository, name: str, value: object
) -> None:
    specimens.add(specimen(**{name: value}))
    specimens.insert_many([row(**{name: value})] * (name != "code"))
    for found in specimens.session.scalars(select(getattr(Specimen, name))):
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
def test_an_invalid_value_is_refused(
    specimens: SpecimenRepository, wrong: dict[str, Any]
) -> None:
    with pytest.raises(CheckFailed):
        specimens.add(specimen(**wrong))


def test_rows_are_inserted_and_updated(specimens: SpecimenRepository) -> None:
    old = [row(updated_at=LONG_AGO) for _ in range(3)]
    assert specimens.insert_many(old) == 3
    given = [{"code": old[0]["code"], "legs": 8}, {"code": old[1]["code"], "legs": 6}]
    given += [{"code": "new", "legs": 6}]
    counts = specimens.upsert_many(given, key=["code"], update=["legs"])
    assert counts == Upserted(inserted=1, updated=1)
    changed = specimens.find_one(Specimen.legs == 8)
    assert changed is not None
    assert (changed.version, changed.updated_at > LONG_AGO) == (2, True)
    rows = [{"id": changed.id, "legs": 9}, {"id": 404, "legs": 9}]
    assert specimens.update_many(rows) == 1
    assert specimens.update_where(Specimen.legs == 9, legs=0) == 1
    assert specimens.delete_where(Specimen.legs == 0, Specimen.version == 4) == 1
    assert specimens.count() == 3


def test_models_are_returned_in_order(specimens: SpecimenRepository) -> None:
    given = [row() for _ in range(9)][::-1]
    models = specimens.insert_returning(given)
    assert [model.code for model in models] == [row["code"] for row in given]
    stream = specimens.stream(select(Specimen).order_by(Specimen.id))
    assert stream.all() == models


@pytest.mark.parametrize(
    "order",
    [
        [Specimen.rating],
        [Specimen.rating.desc().nulls_first()],
        [Specimen.legs, Specimen.rating.desc(), Specimen.code],
    ],
    ids=["NULLs last", "NULLs first", "three columns"],
)
def test_the_pages_together_are_the_list(
    specimens: SpecimenRepository, order: list[Any]
) -> None:
    ratings = (None, 1, None, 2, None, None)
    specimens.insert_many(row(rating=rating) for rating in ratings)

    def page(limit: int, cursor: str | None = None) -> Page[Specimen]:
        every = select(Specimen)
        return specimens.page(
            every, order, limit=limit, cursor=cursor, with_total=cursor is None
        )

    whole = page(6)
    pages = [page(2)]
    while cursor := pages[-1].next_cursor:
        pages.append(page(2, cursor))
    assert [item for page in pages for item in page.items] == whole.items
    assert (len(pages), pages[0].total) == (3, 6)


def test_a_forged_cursor_is_refused(specimens: SpecimenRepository) -> None:
    specimens.insert_many([row(), row()])
    every, order = select(Specimen), [Specimen.code]
    page = specimens.page(every, order, limit=1)
    for forged in ("x", f"{page.next_cursor}x"):
        with pytest.raises(InvalidCursor, match="not one of ours"):
            specimens.page(every, order, limit=1, cursor=forged)
    for another in ([], [Specimen.code.desc()]):
        with pytest.raises(InvalidCursor, match="another list"):
            specimens.page(every, another, limit=1, cursor=page.next_cursor)
    specimens.session.info["cursors"] = Cursors("another secret")
    with pytest.raises(InvalidCursor, match="not one of ours"):
        specimens.page(every, order, limit=1, cursor=page.next_cursor)


def test_what_is_locked_is_read_again(
    specimens: SpecimenRepository, at_most: AtMost
) -> None:
    stale = specimens.add(specimen())
    connection = specimens.session.connection()
    connection.execute(update(Specimen).values(legs=7))
    specimens.for_update()
    assert stale.legs == 7


def test_a_lock_is_not_waited_for_longer_than_set(
    settings: Settings, sessions: Sessions
) -> None:
    hasty = settings.model_copy(update={"database_lock_timeout": LOCK_WAIT})
    with connected(hasty) as others, unit_of_work(sessions) as session:
        SpecimenRepository(session).add(specimen(code="same"))
        with others() as other:
            waiting = SpecimenRepository(other)
            with pytest.raises(LockTimeout):
                waiting.add(specimen(code="same"))


def test_no_more_connections_than_set_are_used(settings: Settings) -> None:
    pool = {"database_pool_size": 1, "database_max_overflow": 0}
    small = settings.model_copy(update={**pool, "database_pool_timeout": 0.01})
    with connected(small) as sessions, sessions() as session:
        session.connection()
        with pytest.raises(Unavailable, match="every connection"):
            stored(sessions)


def test_a_slow_statement_is_logged_without_parameters(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for seconds, logged in ((60, False), (0, True)):
        watched = settings.model_copy(update={"database_slow_statement": seconds})
        with connected(watched) as sessions, unit_of_work(sessions) as session:
            session.execute(select(literal("a secret")))
        assert ("slow statement" in caplog.text) is logged
    assert "a secret" not in caplog.text
