"""The tables of the contract."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from .models import Scratch


@pytest.fixture(scope="session", autouse=True)
async def _tables(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Scratch.metadata.create_all)
    yield
    async with engine.begin() as connection:
        await connection.run_sync(Scratch.metadata.drop_all)
