"""One Chromium for all checks of a worker."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    # Imported late: a run of all tests, which has none of these, passes by this file.
    from browser import chromium

    if chromium.executable() is None:
        pytest.exit(chromium.MISSING, returncode=1)
    with chromium.launched() as browser:
        yield browser
