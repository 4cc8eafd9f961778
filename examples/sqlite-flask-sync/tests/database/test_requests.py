"""A request is a unit of work: its response tells what became of it."""

import pytest
from flask import Response
from sqlalchemy import func, select

from my_service.database import Sessions, unit_of_work
from my_service.web import answer, request_session

from ..client import app_of, client_of
from .models import Specimen


def add(legs: int) -> Response:
    request_session().add(Specimen(code="new", legs=legs))
    return answer(None)


@pytest.mark.parametrize(("legs", "status"), [(6, 200), (-1, 422)])
def test_what_the_commit_refuses_is_told(
    sessions: Sessions, legs: int, status: int
) -> None:
    app = app_of(sessions)
    app.post("/specimens/<int(signed=True):legs>")(add)
    answered = client_of(app).post(f"/specimens/{legs}")
    assert answered.status_code == status
    with unit_of_work(sessions) as session:
        stored = session.scalar(select(func.count(Specimen.id)))
        assert stored == (status == 200)
