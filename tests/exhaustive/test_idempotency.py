{% from "hooks/unasync.jinja" import unasync with context %}
"""What is asked for several times under one key happens once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
{% if is_async %}
from sqlalchemy.ext.asyncio import AsyncSession
{% else %}
from sqlalchemy.orm import Session
{% endif %}

from {{ package_name }}.database import (
    Conflict,
    Interrupted,
    Sessions,
    idempotency,
    purge,
    run_once,
    unit_of_work,
)
{% if not sqlite %}
from {{ package_name }}.database import session as session_module
{% endif %}

from .factories import note, stored
{% if not sqlite %}
from .killing import kill, number_of
{% endif %}
from .models import Done
from .together import at_once

{% call unasync() %}

class Work:
    """Stores a note each time that it is done, once what it has to raise is raised."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.times = 0

    async def __call__(self, session: AsyncSession) -> dict[str, object]:
        self.times += 1
        session.add(added := note())
        await session.flush()
        if self.errors:
            raise self.errors.pop(0)
        return {"slug": added.slug}


async def ask(
    sessions: Sessions,
    work: Work,
    *,
    key: str = "key",
    request: object = "request",
    owner: str = "",
) -> object:
    answer = await run_once(sessions, Done, key, request, work, owner=owner)
    return answer["slug"]


async def test_it_happens_once_for_each_key(real_sessions: Sessions) -> None:
    work = Work()
    first = await ask(real_sessions, work)
    assert await ask(real_sessions, work) == first
    assert await stored(real_sessions) == [first]
    second = await ask(real_sessions, work, key="another key")
    assert await stored(real_sessions) == [first, second]
    assert work.times == 2


async def test_a_key_is_its_owners(real_sessions: Sessions) -> None:
    work = Work()
    first = await ask(real_sessions, work, owner="ann")
    second = await ask(real_sessions, work, owner="bob")
    assert await stored(real_sessions) == [first, second]
    assert await ask(real_sessions, work, owner="bob") == second
    assert await ask(real_sessions, work, owner="bob", key="b", request=1) != second
    assert work.times == 3


async def test_old_keys_are_purged(
    real_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "BATCH", 2)
    work = Work()
    for key in "abcdef":
        await ask(real_sessions, work, key=key)
    async with unit_of_work(real_sessions) as session:
        for days, key in enumerate("abcde", 1):
            done = await session.get_one(Done, ("", key))
            done.created_at -= timedelta(days=days)
    # The database's clock is not this one.
    assert await purge(real_sessions, Done, timedelta(days=5, hours=12)) == 0
    assert await purge(real_sessions, Done, timedelta(days=2, hours=12)) == 3
    async with unit_of_work(real_sessions) as session:
        left = await session.scalars(select(Done.key).order_by(Done.key))
        assert list(left) == ["a", "b", "f"]
    await ask(real_sessions, work, key="a")
    assert work.times == 6


async def test_another_request_cannot_have_the_key(real_sessions: Sessions) -> None:
    work = Work()
    await ask(real_sessions, work, request={"a": 1, "b": [None]})
    await ask(real_sessions, work, request={"b": [None], "a": 1})
    with pytest.raises(Conflict, match="another request") as conflict:
        await ask(real_sessions, work, request={"a": 2, "b": [None]})
    assert conflict.value.columns == ("idempotency_key",)
    assert work.times == 1


async def test_what_fails_can_be_asked_for_again(real_sessions: Sessions) -> None:
    work = Work(RuntimeError())
    with pytest.raises(RuntimeError):
        await ask(real_sessions, work)
    async with unit_of_work(real_sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Done)) == 0
    assert await stored(real_sessions) == []
    result = await ask(real_sessions, work)
    assert await stored(real_sessions) == [result]
    assert work.times == 2


async def test_what_is_interrupted_is_done_again(real_sessions: Sessions) -> None:
    work = Work(Interrupted(), Interrupted())
    result = await ask(real_sessions, work)
    assert await stored(real_sessions) == [result]
    assert work.times == 3


{% if not sqlite %}
async def test_a_commit_without_an_answer_is_asked_for_again(
    real_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, killed = session_module._commit, list[int]()

    async def cut_off(session: AsyncSession) -> None:
        if not killed:
            killed.append(await number_of(session))
            await kill(real_sessions, killed[0])
        await commit(session)

    monkeypatch.setattr(session_module, "_commit", cut_off)
    work = Work()
    result = await ask(real_sessions, work)
    assert await stored(real_sessions) == [result]
    assert work.times == 2


{% endif %}
async def test_two_at_once_get_the_same(real_sessions: Sessions) -> None:
    async def request(work: Work) -> object:
        return await ask(real_sessions, work)

    works = [Work(), Work(), Work()]
    results = await at_once(request, works)
    assert len(set(results)) == 1
    assert await stored(real_sessions) == results[:1]
    assert sum(work.times for work in works) == 1
{% endcall %}
