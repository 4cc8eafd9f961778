{% from "hooks/unasync.jinja" import unasync with context %}
{% call unasync() %}
"""What signs the cursors of a process."""

import pytest
{% if served %}
from pydantic import SecretStr
{% endif %}

from {{ package_name }}.connection import connected
from {{ package_name }}.database import Cursors, InvalidCursor
from {{ package_name }}.database.keyset import SortKey
from {{ package_name }}.settings import Settings

from .models import Note

KEYS = (SortKey(Note.id),)


async def cursors_of(settings: Settings) -> Cursors:
    """Return the cursors of a process with these settings."""
    async with connected(settings) as sessions, sessions() as session:
        cursors: Cursors = session.info["cursors"]
        return cursors


{% if served %}
async def test_cursors_are_signed_by_the_secret_key(settings: Settings) -> None:
    keys = [SecretStr("a key for the tests only, number 1"), settings.secret_key]
    theirs, ours, theirs_again = [
        await cursors_of(settings.model_copy(update={"secret_key": keys[place]}))
        for place in (0, 1, 0)
    ]
    cursor = theirs.write((1,), KEYS)
    assert theirs_again.read(cursor, KEYS)[-1] == 1
    with pytest.raises(InvalidCursor):
        ours.read(cursor, KEYS)
{% else %}
async def test_cursors_end_with_the_process(settings: Settings) -> None:
    ours, theirs = await cursors_of(settings), await cursors_of(settings)
    cursor = ours.write((1,), KEYS)
    assert ours.read(cursor, KEYS)[-1] == 1
    with pytest.raises(InvalidCursor):
        theirs.read(cursor, KEYS)
{% endif %}
{% endcall %}
