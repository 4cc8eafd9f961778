# mypy: disable-error-code="import-not-found", disallow-subclassing-any=False
"""The repository against a dictionary that does the same, whatever comes in which order."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from my_service.database import (
    Base,
    CheckFailed,
    Conflict,
    IntegerKey,
    Repository,
    SoftDelete,
    Str64,
    Timestamps,
    Upserted,
    Versioned,
    rows,
    unique_unless_deleted,
)
from sqlalchemy import CheckConstraint, delete, select
from sqlalchemy.orm import Mapped

from .units import open_sessions

# By hand as many as you like: MODEL_OPERATIONS=10000 takes some minutes.
OPERATIONS = int(os.environ.get("MODEL_OPERATIONS", "2500"))
Result = TypeVar("Result")
Row = dict[str, Any]


class Thing(IntegerKey, Versioned, Timestamps, SoftDelete, Base):
    """Something with one of everything."""

    __tablename__ = "fault_things"
    __table_args__ = (
        unique_unless_deleted("slug"),
        CheckConstraint("rank >= 0", name="rank_not_negative"),
    )

    slug: Mapped[Str64]
    text: Mapped[Str64]
    rank: Mapped[int | None]


class ThingRepository(Repository[Thing]):
    """Finds and stores things."""

    model = Thing


SLUGS = st.sampled_from("abcdefghijkl")
TEXTS = st.sampled_from("xyz")
GOOD = st.sampled_from([None, 0, 1, 2, 3])
RANKS = st.one_of(GOOD, GOOD, GOOD, st.just(-1))
ROWS = st.lists(
    st.fixed_dictionaries({"slug": SLUGS, "text": TEXTS, "rank": RANKS}), max_size=7
)
GOOD_ROWS = st.lists(
    st.fixed_dictionaries({"slug": SLUGS, "text": TEXTS, "rank": GOOD}), max_size=12
)
UPDATES = st.lists(st.sampled_from(["text", "rank"]), unique=True)
NUMBERS = st.integers(0, 30)
COLUMNS = st.sampled_from(["slug", "text", "rank", "version", "id"])
ORDERS = st.lists(
    st.tuples(COLUMNS, st.booleans(), st.sampled_from([None, True, False])),
    max_size=3,
    unique_by=lambda part: part[0],
)


class World:
    """What all machines share: a loop, sessions, and how much was done."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.done = 0

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for some work."""
        return self.runner.run(work)

    async def open(self) -> None:
        """Create the table."""
        self.sessions = await self.stack.enter_async_context(open_sessions())
        async with self.sessions.kw["bind"].begin() as connection:
            await connection.run_sync(Base.metadata.create_all)


class Machine(RuleBasedStateMachine):
    """Does the same to the table and to a dictionary, in one session."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, Row] = {}
        self.committed: dict[int, Row] = {}
        self.session = self.world.sessions()
        self.things = ThingRepository(self.session)
        self.do(self.session.execute(delete(Thing), execution_options=ALL))
        self.do(self.session.commit())

    def teardown(self) -> None:
        """Give the connection back."""
        self.do(self.session.close())

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for some work."""
        return self.world.do(work)

    def living(self) -> dict[int, Row]:
        """Return what is not deleted."""
        return {key: row for key, row in self.rows.items() if not row["deleted"]}

    def key(self, number: int) -> int:
        """Choose a key: most often of a row, deleted or not, sometimes of none."""
        keys = [*sorted(self.rows), 0]
        return keys[number % len(keys)]

    def by_slug(self) -> dict[str, int]:
        """Return the keys of what is not deleted."""
        return {row["slug"]: key for key, row in self.living().items()}

    def refused(self, given: Sequence[Row]) -> bool:
        """Tell whether rows cannot be inserted."""
        slugs = [*self.by_slug(), *(row["slug"] for row in given)]
        negative = any((row["rank"] or 0) < 0 for row in given)
        return len(set(slugs)) < len(slugs) or negative

    def insert(self, work: Coroutine[Any, Any, Any], given: Sequence[Row]) -> Any:
        """Insert rows, all or none."""
        if self.refused(given):
            with pytest.raises((Conflict, CheckFailed)):
                self.do(work)
            return None
        result = self.do(work)
        self.learn(given)
        return result

    def learn(self, given: Sequence[Row]) -> None:
        """Look up the keys of what was inserted."""
        found = self.do(self.stored())
        new = {row["slug"]: key for key, row in found.items() if key not in self.rows}
        assert sorted(new) == sorted(row["slug"] for row in given)
        for row in given:
            self.rows[new[row["slug"]]] = {**row, "version": 1, "deleted": False}

    async def stored(self) -> dict[int, Row]:
        """Return what is in the table."""
        columns = (Thing.id, Thing.slug, Thing.text, Thing.rank, Thing.version)
        found = await self.session.execute(
            select(*columns, Thing.deleted_at.is_not(None).label("deleted")),
            execution_options=ALL,
        )
        rows = [dict(row) for row in found.mappings()]
        return {row.pop("id"): {**row, "deleted": bool(row["deleted"])} for row in rows}

    @invariant()
    def nothing_differs(self) -> None:
        """Read everything back."""
        self.world.done += 1
        assert self.do(self.stored()) == self.rows

    @rule(given=ROWS.filter(bool))
    def add(self, given: list[Row]) -> None:
        """Insert one."""
        added = self.insert(self.things.add(Thing(**given[0])), given[:1])
        assert added is None or self.rows[added.id]["slug"] == added.slug

    @rule(given=ROWS)
    def add_all(self, given: list[Row]) -> None:
        """Insert several."""
        models = [Thing(**row) for row in given]
        self.insert(self.things.add_all(models), given)

    @rule(given=ROWS)
    def insert_many(self, given: list[Row]) -> None:
        """Insert rows."""
        count = self.insert(self.things.insert_many(given), given)
        assert count in (None, len(given))

    @rule(given=ROWS)
    def insert_returning(self, given: list[Row]) -> None:
        """Insert rows and get their models, in their order."""
        models = self.insert(self.things.insert_returning(given), given)
        if models is not None:
            assert [model.slug for model in models] == [row["slug"] for row in given]
            assert all(self.rows[model.id]["slug"] == model.slug for model in models)

    @rule(given=GOOD_ROWS, update=UPDATES)
    def upsert_many(self, given: list[Row], update: list[str]) -> None:
        """Insert rows, or update those that are there."""
        new: dict[str, Row] = {}
        inserted = updated = 0
        before = self.by_slug()
        size = rows.CHUNK
        for begin in range(0, len(given), size):
            latest = {row["slug"]: row for row in given[begin : begin + size]}
            for slug, row in latest.items():
                there = self.rows[before[slug]] if slug in before else new.get(slug)
                if there is None:
                    new[slug] = {**row, "version": 1, "deleted": False}
                    inserted += 1
                elif any(there[name] != row[name] for name in update):
                    there |= {name: row[name] for name in update}
                    there["version"] += 1
                    updated += 1
        counts = self.do(self.things.upsert_many(given, key=["slug"], update=update))
        assert counts == Upserted(inserted, updated)
        found = self.do(self.stored())
        keys = {row["slug"]: key for key, row in found.items() if key not in self.rows}
        self.rows |= {keys[slug]: row for slug, row in new.items()}

    @rule(numbers=st.lists(NUMBERS, max_size=6), text=TEXTS, rank=RANKS)
    def update_many(self, numbers: list[int], text: str, rank: int | None) -> None:
        """Update rows by their keys."""
        keys = [self.key(number) for number in numbers]
        found = [key for key in keys if key in self.living()]
        work = self.things.update_many(
            {"id": key, "text": text, "rank": rank} for key in keys
        )
        if found and rank == -1:
            with pytest.raises(CheckFailed):
                self.do(work)
            return
        assert self.do(work) == len(found)
        for key in found:
            self.rows[key] |= {"text": text, "rank": rank}
            self.rows[key]["version"] += 1

    @rule(text=TEXTS, rank=GOOD, deleted=st.booleans())
    def update_where(self, text: str, rank: int | None, deleted: bool) -> None:
        """Update those that fit."""
        rows = self.rows if deleted else self.living()
        found = [row for row in rows.values() if row["text"] == text]
        count = self.do(
            self.things.update_where(
                Thing.text == text, include_deleted=deleted, rank=rank
            )
        )
        assert count == len(found)
        for row in found:
            row["rank"] = rank
            row["version"] += 1

    @rule(rank=GOOD, text=TEXTS, deleted=st.booleans())
    def delete_where(self, rank: int | None, text: str, deleted: bool) -> None:
        """Delete those that fit."""
        rows = self.rows if deleted else self.living()
        found = [
            key
            for key, row in rows.items()
            if row["rank"] == rank and row["text"] == text
        ]
        fits = Thing.rank.is_(None) if rank is None else Thing.rank == rank
        count = self.do(
            self.things.delete_where(fits, Thing.text == text, include_deleted=deleted)
        )
        assert count == len(found)
        for key in found:
            del self.rows[key]

    @rule(number=NUMBERS)
    def soft_delete(self, number: int) -> None:
        """Hide one."""
        key = self.key(number)
        model = self.do(self.things.get(key, for_update=True))
        assert (model is not None) == (key in self.living())
        if model is not None:
            model.delete()
            self.do(self.things.flush())
            self.rows[key]["deleted"] = True
            self.rows[key]["version"] += 1

    @rule(numbers=st.lists(NUMBERS, max_size=6))
    def read(self, numbers: list[int]) -> None:
        """Find by key."""
        keys = list(dict.fromkeys(map(self.key, numbers)))
        for key in keys[:2]:
            model = self.do(self.things.get(key))
            assert (model is not None) == (key in self.living())
        found = self.do(self.things.by_keys(keys))
        assert [m.id for m in found] == [key for key in keys if key in self.living()]

    @rule(text=TEXTS, deleted=st.booleans())
    def for_update(self, text: str, deleted: bool) -> None:
        """Lock those that fit, and change them."""
        rows = self.rows if deleted else self.living()
        keys = sorted(key for key, row in rows.items() if row["text"] == text)
        fits = Thing.text == text
        models = self.do(self.things.for_update(fits, include_deleted=deleted))
        assert [model.id for model in models] == keys
        for model in models:
            row = self.rows[model.id]
            assert (model.rank, model.version) == (row["rank"], row["version"])
            model.rank = row["rank"] = (row["rank"] or 0) + 1
            row["version"] += 1
        self.do(self.things.flush())

    @rule(text=TEXTS)
    def count(self, text: str) -> None:
        """Count, tell whether there is one, and stream."""
        keys = [key for key, row in self.living().items() if row["text"] == text]
        fits = Thing.text == text
        assert self.do(self.things.count(fits)) == len(keys)
        assert self.do(self.things.exists(fits)) == bool(keys)

        async def streamed() -> list[int]:
            stream = await self.things.stream(select(Thing).where(fits))
            return [model.id async for model in stream]

        assert sorted(self.do(streamed())) == sorted(keys)

    @rule(order=ORDERS, limit=st.integers(3, 9))
    def page(self, order: list[tuple[str, bool, bool | None]], limit: int) -> None:
        """Walk through all pages."""
        expressions = []
        for name, descends, nulls_first in order:
            column = getattr(Thing, name)
            part = column.desc() if descends else column.asc()
            if nulls_first is not None:
                part = part.nulls_first() if nulls_first else part.nulls_last()
            expressions.append(part)
        expected = in_order(self.living(), order)
        forwards = self.do(self.walk(expressions, limit))
        assert forwards == expected

    async def walk(self, order: Sequence[Any], limit: int) -> list[int]:
        """Return the keys of all pages."""
        every = select(Thing)
        page = await self.things.page(every, order, limit=limit)
        pages = [page]
        while cursor := page.next_cursor:
            page = await self.things.page(every, order, limit=limit, cursor=cursor)
            pages.append(page)
        return [model.id for page in pages for model in page.items]

    @rule(given=ROWS.filter(bool), number=NUMBERS)
    def fail_in_a_savepoint(self, given: list[Row], number: int) -> None:
        """Write, and take it back."""

        async def fail() -> None:
            async with self.session.begin_nested():
                await self.things.update_where(rank=number)
                await self.things.delete_where(Thing.id == self.key(number))
                good = {**given[0], "slug": "new", "rank": 0}
                await self.things.insert_many([good])
                await self.things.add(Thing(**{**good, "slug": "newer"}))
                raise KeyError

        with pytest.raises(KeyError):
            self.do(fail())

    @rule()
    def commit(self) -> None:
        """Keep what was done."""
        self.do(self.session.commit())
        self.committed = {key: dict(row) for key, row in self.rows.items()}

    @rule()
    def rollback(self) -> None:
        """Take back what was done."""
        self.do(self.session.rollback())
        self.rows = {key: dict(row) for key, row in self.committed.items()}


ALL = {"include_deleted": True}


def in_order(
    rows: dict[int, Row], order: list[tuple[str, bool, bool | None]]
) -> list[int]:
    """Sort the keys of rows: NULLs last, unless it is said otherwise."""
    found = sorted(rows)
    for name, descends, nulls_first in reversed(order):
        values = {key: {"id": key, **rows[key]}[name] for key in found}
        nulls = [key for key in found if values[key] is None]
        found = [key for key in found if values[key] is not None]
        found.sort(key=values.__getitem__, reverse=descends)
        found = [*nulls, *found] if nulls_first else [*found, *nulls]
    return found


# The module of the database's own ways, whichever it is.
BULK = sys.modules[Repository.upsert_many.__module__]
WAYS = [50, 0] if hasattr(BULK, "FEW") else [None]


@pytest.mark.parametrize("few", WAYS)
def test_it_does_what_a_dictionary_does(
    few: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BULK, "FEW", few, raising=False)
    monkeypatch.setattr(rows, "CHUNK", 5)
    world = Machine.world = World()
    world.do(world.open())
    rounds = 0
    while world.done < OPERATIONS:
        rounds += 1
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=60,
                stateful_step_count=50,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
            ),
        )
    print(world.done, "operations")
    assert world.done >= OPERATIONS
    world.do(world.stack.aclose())
    world.runner.close()
