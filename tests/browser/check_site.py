"""Each page of the site in .cache/site, or in SITE, at each width (`make docs-check`)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.visits import WIDTHS, faults, served, watch

FOLDER = Path(os.environ.get("SITE", ".cache/site"), "site")
PAGES = sorted(file.relative_to(FOLDER).as_posix() for file in FOLDER.rglob("*.html"))


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    with served(FOLDER) as site:
        yield site


def test_there_are_pages() -> None:
    assert len(PAGES) > 40


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wrong_with(
    browser: Browser, site: str, page: str, width: str
) -> None:
    assert faults(browser, site, page, WIDTHS[width]) == []


def test_the_search_finds_a_page(browser: Browser, site: str) -> None:
    found: list[str] = []
    with browser.new_page() as page:
        watch(page, site, found)
        page.goto(f"{site}/index.html")
        page.keyboard.press("Control+K")
        page.keyboard.type("pooler")
        page.get_by_role("link", name="Behind a connection pooler").last.click()
        page.wait_for_url("**/guides/pooler.html*")
    assert found == []
