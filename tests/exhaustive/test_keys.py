{% from "hooks/unasync.jinja" import unasync with context %}
"""A key of two columns, whose names are words of SQL, is as good as any."""

import pytest
from sqlalchemy import select
{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
{% else %}
from sqlalchemy.orm import Mapped, Session, mapped_column
{% endif %}

from {{ package_name }}.database import (
    Conflict,
    NotFound,
    Repository,
    Str64,
    Upserted,
)

from .models import Scratch

{% call unasync() %}

class Seat(Scratch):
    """A place to sit."""

    __tablename__ = "group"

    order: Mapped[Str64] = mapped_column(primary_key=True)
    to: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    select: Mapped[int]


class SeatRepository(Repository[Seat]):
    """Finds and stores seats."""

    model = Seat


@pytest.fixture
async def seats(session: AsyncSession) -> SeatRepository:
    """Nine seats, in three rows."""
    seats = SeatRepository(session)
    places = [(row, number) for row in "abc" for number in range(3)]
    await seats.insert_many({"order": a, "to": b, "select": 0} for a, b in places)
    return seats


async def test_it_finds_a_row(seats: SeatRepository) -> None:
    seat = await seats.get_one(("b", 2))
    assert seat.to == 2
    with pytest.raises(NotFound):
        await seats.get_one(("b", 3))
    found = await seats.by_keys([("c", 0), ("b", 3), ("a", 1)])
    assert [(seat.order, seat.to) for seat in found] == [("c", 0), ("a", 1)]


async def test_it_is_unique(seats: SeatRepository) -> None:
    with pytest.raises(Conflict):
        await seats.insert_many([{"order": "a", "to": 0, "select": 0}])
    assert await seats.count() == 9


async def test_it_decides_what_is_updated(seats: SeatRepository) -> None:
    assert await seats.update_many([{"order": "a", "to": 1, "select": 7}]) == 1
    given = [{"order": "a", "to": number, "select": 7} for number in range(60)]
    counts = await seats.upsert_many(given, key=["order", "to"], update=["select"])
    assert counts == Upserted(inserted=57, updated=2)
    assert await seats.count(Seat.select == 7) == 60


async def test_it_orders_pages(seats: SeatRepository) -> None:
    order = [Seat.to.desc()]
    first = await seats.page(select(Seat), order, limit=4)
    cursor = first.next_cursor
    then = await seats.page(select(Seat), order, limit=4, cursor=cursor)
    found = [f"{seat.order}{seat.to}" for seat in (*first.items, *then.items)]
    assert found == ["a2", "b2", "c2", "a1", "b1", "c1", "a0", "b0"]
{% endcall %}
