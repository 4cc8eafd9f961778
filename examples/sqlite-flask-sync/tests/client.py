"""A client of the service."""

from collections.abc import Iterator

import pytest
from flask import Flask
from httpx2 import Client, WSGITransport

from my_service.database import Sessions
from my_service.main import create_app

__all__ = ["Client", "app_of", "client", "client_of"]


def app_of(sessions: Sessions) -> Flask:
    """Return the service of the environment's settings, with these sessions."""
    return create_app(sessions)


def client_of(app: Flask) -> Client:
    """Return a client of an application."""
    return Client(transport=WSGITransport(app), base_url="http://test")


@pytest.fixture
def client(sessions: Sessions) -> Iterator[Client]:
    """A client of the service, which works with the sessions of the test."""
    with client_of(app_of(sessions)) as client:
        yield client
