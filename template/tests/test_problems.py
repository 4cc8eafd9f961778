"""Errors as problems: what a program reads, and what an application adds."""

from pydantic import BaseModel, Field

from {{ package_name }}.database import (
    CommitUnknown,
    Conflict,
    Stale,
    Unavailable,
)
from {{ package_name }}.problems import (
    ProblemError,
    storage_problem,
)


class CreditUsedUp(ProblemError):
    """There is nothing left to pay with."""

    status = 402
    code = "credit_used_up"
    title = "The credit is used up"


class Seat(BaseModel):
    """Somebody sits somewhere."""

    number: int = Field(alias="seatNumber")
    name: str


def book(body: Seat) -> None:
    """Stand for a view."""


def test_an_application_adds_problems_of_its_own() -> None:
    error = CreditUsedUp("1 cent is missing", [("amount", "is more than there is")])
    assert error.problem.content == {
        "type": "urn:problem:credit_used_up",
        "title": "The credit is used up",
        "status": 402,
        "detail": "1 cent is missing",
        "code": "credit_used_up",
        "errors": [{"field": "amount", "message": "is more than there is"}],
    }


def test_fields_are_named_as_the_client_names_them() -> None:
    error = Conflict("taken", columns=("number", "name", "row"))
    content = storage_problem(error, book, if_match=False).content
    fields = [found["field"] for found in content["errors"]]
    assert fields == ["seatNumber", "name"]


def test_a_stale_row_is_a_conflict_or_a_failed_precondition() -> None:
    error = Stale("changed", columns=("version",))
    assert storage_problem(error, book, if_match=False).status == 409
    assert storage_problem(error, book, if_match=True).status == 412


def test_what_may_have_happened_is_not_asked_for_again() -> None:
    lost = storage_problem(CommitUnknown("lost"), book, if_match=False)
    assert "Retry-After" not in lost.headers
    away = storage_problem(Unavailable("away"), book, if_match=False)
    assert away.headers["Retry-After"] == "1"
