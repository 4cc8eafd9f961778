# mypy: disable-error-code="import-not-found"
"""A pytest plugin for the tests that run in a rendered project's environment."""

from collections.abc import AsyncIterator, Iterator

import pytest
from my_service.database import Sessions
from my_service.settings import load_settings
from sqlalchemy import URL

from .proxy import Proxy
from .units import open_sessions, server_port, start_over


@pytest.fixture
async def sessions() -> AsyncIterator[Sessions]:
    """Sessions by the settings of the environment, on tables without rows."""
    async with open_sessions() as sessions:
        await start_over(sessions)
        yield sessions


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before the database server."""
    with Proxy(server_port()) as proxy:
        yield proxy


@pytest.fixture
def proxied(proxy: Proxy) -> URL:
    """The URL of the database through the proxy."""
    url: URL = load_settings().database_url
    return url.set(host="127.0.0.1", port=proxy.port)
