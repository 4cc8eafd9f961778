"""Each kind of fault is found on a page that has it, and none on the page without."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.visits import WIDTHS, faults, served

PAGE = """\
<!doctype html>
<html lang="en">
<head><title>A page</title><link rel="icon" href="data:,"></head>
<body><main><h1>A page</h1>{planted}</main></body>
</html>
"""
PLANTS = {
    "404: http://127.0.0.1:": '<img src="missing.png" alt="a picture">',
    "error of a script: out of order": "<script>throw 'out of order'</script>",
    "console: out of order": "<script>console.error('out of order')</script>",
    "request to another host: https://example.com/": (
        '<img src="https://example.com/a.png" alt="a picture">'
    ),
    "wider than the window: <td>": f"<table><tr><td>{'wide' * 500}</td></tr></table>",
    "axe, color-contrast: <p ": '<p style="color: #ccc">Hard to read</p>',
    "axe, image-alt: <img ": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("fault", PLANTS)
def test_a_fault_is_found(
    browser: Browser, tmp_path: Path, fault: str, width: str
) -> None:
    (tmp_path / "page.html").write_text(PAGE.format(planted=PLANTS[fault]), "utf-8")
    with served(tmp_path) as site:
        found = faults(browser, site, "page.html", WIDTHS[width])
    assert any(one.startswith(fault) for one in found), found


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_without_a_fault_passes(
    browser: Browser, tmp_path: Path, width: str
) -> None:
    (tmp_path / "page.html").write_text(PAGE.format(planted="Nothing"), "utf-8")
    with served(tmp_path) as site:
        assert faults(browser, site, "page.html", WIDTHS[width]) == []
