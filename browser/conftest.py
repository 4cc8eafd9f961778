"""One Chromium for all tests of a worker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browser import chromium


def pytest_configure() -> None:
    if chromium.executable() is None:
        raise pytest.UsageError(chromium.MISSING)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.launched() as browser:
        yield browser
