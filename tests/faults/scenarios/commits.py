# mypy: disable-error-code="import-not-found"
"""A COMMIT whose answer is lost: nobody can tell whether it happened."""

from functools import partial

from my_service.database import (
    Interrupted,
    Sessions,
    Unavailable,
    run_in_unit_of_work,
    run_once,
)
from sqlalchemy import URL

from .models import Done
from .proxy import Fate, Proxy
from .units import open_sessions, step, steps

# Of twenty operations ten are cut off; half of these happen all the same.
FATES = [Fate.UNANSWERED, Fate.ANSWERED, Fate.LOST, Fate.ANSWERED] * 5


async def test_run_does_not_repeat_what_may_have_happened(
    sessions: Sessions, proxy: Proxy, proxied: URL
) -> None:
    told: list[type[Exception] | None] = []
    async with open_sessions(database_url=proxied) as cut_off:
        for number, fate in enumerate(FATES):
            proxy.commits.append(fate)
            try:
                await run_in_unit_of_work(cut_off, partial(step, name=str(number)))
                told.append(None)
            except Unavailable as error:
                told.append(type(error))
    assert [kind is None for kind in told] == [fate is Fate.ANSWERED for fate in FATES]
    assert Interrupted not in told
    happened = [n for n, fate in enumerate(FATES) if fate is not Fate.LOST]
    assert await steps(sessions) == {str(number): 1 for number in happened}


async def test_run_once_makes_sure_that_it_happened(
    sessions: Sessions, proxy: Proxy, proxied: URL
) -> None:
    async with open_sessions(database_url=proxied) as cut_off:
        for number, fate in enumerate(FATES):
            proxy.commits.append(fate)
            name = f"once {number}"
            work = partial(step, name=name)
            result = await run_once(cut_off, Done, name, "step", work)
            assert result == {"done": name}
    assert await steps(sessions) == {f"once {n}": 1 for n in range(len(FATES))}
