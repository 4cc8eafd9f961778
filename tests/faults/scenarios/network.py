# mypy: disable-error-code="import-not-found"
"""A network that resets connections, or swallows what is sent."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from my_service.database import Interrupted, Sessions, Unavailable, unit_of_work
from my_service.settings import load_settings
from sqlalchemy import URL

from .dialects import pause_in
from .proxy import Proxy
from .tasks import together
from .units import open_sessions, pool, server_port, step, steps, works

BRIEF = {"database_connect_timeout": 2, "database_statement_timeout": 1}
CONNECTED = 2 + 2  # with room for a busy machine
NOTICED = 1 + 5 + 2  # the statement timeout, what is added to it, and room


async def fails_in(seconds: float, work: Callable[[], Awaitable[Any]]) -> Unavailable:
    """Return the error of work that is to be given up in time."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await work()
    taken = time.monotonic() - began
    assert taken < seconds, f"it took {taken:.1f} s"
    error: Unavailable = caught.value
    return error


async def test_a_dead_network_is_noticed(sessions: Sessions) -> None:
    cases = (dead_from_the_start, dead_in_a_query, dead_in_a_commit, dead_in_the_pool)

    async def with_proxy(work: Callable[[Sessions, Proxy], Awaitable[None]]) -> None:
        with Proxy(server_port()) as proxy:
            url = load_settings().database_url.set(port=proxy.port)
            async with open_sessions(database_url=url, **BRIEF) as through:
                await work(through, proxy)

    assert await together(partial(with_proxy, work) for work in cases) == [None] * 4
    assert await steps(sessions) == {"works": 2}


async def test_a_connection_may_be_lost_at_any_step() -> None:
    with Proxy(server_port()) as proxy:
        url = load_settings().database_url.set(port=proxy.port)
        for answers in range(100):
            proxy.answers = answers
            async with open_sessions(database_url=url, **BRIEF) as through:
                with suppress(Unavailable):
                    assert await works(through)
                    break
    assert 5 < answers < 50, "it was cut off in the first connection and after it"


async def dead_from_the_start(sessions: Sessions, proxy: Proxy) -> None:
    """Connecting ends with its own timeout."""
    proxy.swallows = True
    await fails_in(CONNECTED, partial(works, sessions))


async def dead_in_a_query(sessions: Sessions, proxy: Proxy) -> None:
    """A unit of work is interrupted, and the next one connects anew."""

    async def work() -> None:
        async with unit_of_work(sessions) as session:
            await step(session, "before")
            proxy.swallows = True
            await step(session, "after")

    assert isinstance(await fails_in(NOTICED, work), Interrupted)
    assert pool(sessions).checkedout() == 0
    proxy.swallows = False
    assert await works(sessions)


async def dead_in_a_commit(sessions: Sessions, proxy: Proxy) -> None:
    """It may have happened for all that the client can know."""

    async def work() -> None:
        async with unit_of_work(sessions) as session:
            await step(session, "before")
            proxy.swallows = True

    assert not isinstance(await fails_in(NOTICED, work), Interrupted)


async def dead_in_the_pool(sessions: Sessions, proxy: Proxy) -> None:
    """The connection is pinged, and then replaced."""
    assert await works(sessions)
    proxy.swallows = True
    await fails_in(NOTICED + CONNECTED, partial(works, sessions))


async def test_who_is_slow_is_not_dead() -> None:
    """Only connecting ends with the timeout for connecting."""
    async with (
        open_sessions(database_connect_timeout=1) as sessions,
        unit_of_work(sessions) as session,
    ):
        await pause_in(session)


async def test_connections_that_were_reset_are_replaced(
    sessions: Sessions, proxy: Proxy, proxied: URL
) -> None:
    async with open_sessions(database_url=proxied) as idle:
        for _ in range(2):
            assert await together([partial(works, idle)] * 5) == [True] * 5
            proxy.reset()
    assert await steps(sessions) == {"works": 10}
