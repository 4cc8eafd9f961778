"""What in tests looks like a mistake, and is none."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EMPTY: list[int] = []
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
numbers = [1, 2]


class Client:
    """It answers."""

    async def get(self, path: str) -> dict[str, str]:
        """Answer with the path."""
        return {"path": path}


def test_of_moments() -> None:
    assert (NOW + timedelta(days=1)).day == 1
    assert NOW.hour == 12


def test_of_numbers_that_are_always_the_same() -> None:
    chosen = random.Random(1)  # noqa: S311 (no secret)
    created = []
    for _ in numbers:
        created.append(chosen.choice(numbers))
    assert created == [chosen for chosen in created if chosen in numbers]


def test_of_a_seed() -> None:
    random.seed(1)
    assert random.random() < 1  # noqa: S311 (no secret)


@pytest.mark.skip(reason="the other service is not there yet")
def test_later() -> None:
    assert EMPTY == []


@pytest.mark.xfail(strict=True, reason="it is not written yet")
def test_of_what_is_missing() -> None:
    pytest.skip("on this machine")


async def test_of_an_answer() -> None:
    client = Client()
    assert (await client.get("/")) == {"path": "/"}
    assert len(await client.get("/".strip())) == 1


async def test_of_what_others_delete(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM products WHERE sku = 'TEA'"))
    found = await session.scalar(text("SELECT count(*) FROM products"))
    assert found == 0
