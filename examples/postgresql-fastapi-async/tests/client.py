"""A client of the service."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport
from httpx2 import AsyncClient as Client

from my_service.database import Sessions
from my_service.main import create_app
from my_service.settings import load_settings

__all__ = ["Client", "app_of", "client", "client_of"]


def app_of(sessions: Sessions) -> FastAPI:
    """Return the service of the environment's settings, with these sessions."""
    app = create_app(load_settings())
    app.state.sessions = sessions
    return app


def client_of(app: FastAPI, *, raises: bool = True) -> Client:
    """Return a client; unless it `raises` what a route raises, that is a response."""
    transport = ASGITransport(app, raise_app_exceptions=raises)
    return Client(transport=transport, base_url="http://test")


@pytest.fixture
async def client(sessions: Sessions) -> AsyncIterator[Client]:
    """A client of the service, which works with the sessions of the test."""
    async with client_of(app_of(sessions)) as client:
        yield client
