"""A request is a unit of work: its response tells what became of it."""

import pytest
from sqlalchemy import func, select

from my_service.database import Sessions, unit_of_work
from my_service.web import RequestSession

from ..client import app_of, client_of
from .models import Specimen


async def add(legs: int, session: RequestSession) -> None:
    session.add(Specimen(code="new", legs=legs))


@pytest.mark.parametrize(("legs", "status"), [(6, 200), (-1, 422)])
async def test_what_the_commit_refuses_is_told(
    sessions: Sessions, legs: int, status: int
) -> None:
    app = app_of(sessions)
    app.post("/specimens/{legs}")(add)
    answer = await client_of(app).post(f"/specimens/{legs}")
    assert answer.status_code == status
    async with unit_of_work(sessions) as session:
        stored = await session.scalar(select(func.count(Specimen.id)))
        assert stored == (status == 200)
