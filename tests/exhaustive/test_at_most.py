{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""The query counter of the tests counts, and tells what it counted."""

import pytest

from ..conftest import AtMost
from .factories import note
from .repositories import NoteRepository


async def test_too_many_statements_are_printed(
    notes: NoteRepository, at_most: AtMost
) -> None:
    async def count_twice() -> None:
        with at_most(1):
            await notes.count()
            await notes.exists()

    with pytest.raises(pytest.fail.Exception, match="2 statements") as failure:
        await count_twice()
    assert "count(*)" in str(failure.value)
    assert "EXISTS" in str(failure.value)


async def test_few_enough_are_listed(notes: NoteRepository, at_most: AtMost) -> None:
    await notes.add(note())
    with at_most(1) as statements:
        await notes.count()
    await notes.count()
    assert len(statements) == 1
{% endcall %}
