"""The tables of the contract."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from .models import Scratch


@pytest.fixture(scope="session", autouse=True)
def _tables(engine: Engine) -> Iterator[None]:
    with engine.begin() as connection:
        Scratch.metadata.create_all(connection)
    yield
    with engine.begin() as connection:
        Scratch.metadata.drop_all(connection)
