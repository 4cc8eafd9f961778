"""Open the pages of a site, and say what is wrong with them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

WIDTHS = {"desktop": 1280, "phone": 375}
HEIGHT = 800
# The elements that reach beyond the window, the innermost ones only.
TOO_WIDE = """() => {
    const window_width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= window_width) return [];
    const wide = [...document.body.querySelectorAll("*")]
        .filter(element => element.getBoundingClientRect().right > window_width);
    return wide.filter(element => !wide.some(other => element !== other && element.contains(other)))
        .map(element => element.outerHTML.slice(0, 100));
}"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Writes no log: the browser tells what fails."""

    def log_message(self, *_: object, **__: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder, and give its address."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def faults(browser: Browser, site: str, path: str, width: int) -> list[str]:
    """Open a page of a site, and list what is wrong with it."""
    found: list[str] = []
    with browser.new_page(viewport={"width": width, "height": HEIGHT}) as page:
        watch(page, site, found)
        page.goto(f"{site}/{path}", wait_until="networkidle")
        found += [f"wider than the window: {one}" for one in page.evaluate(TOO_WIDE)]
        found += hard_to_read(page)
    return found


def watch(page: Page, site: str, found: list[str]) -> None:
    """Write down what fails while a page is loaded, and let no request leave the site."""

    def refuse(route: Route) -> None:
        found.append(f"request to another host: {route.request.url}")
        route.abort()

    page.route(lambda url: not url.startswith((site, "data:", "blob:")), refuse)
    page.on("pageerror", lambda error: found.append(f"error of a script: {error}"))
    page.on(
        "console",
        lambda told: (
            found.append(f"console: {told.text}") if told.type == "error" else None
        ),
    )
    page.on(
        "response",
        lambda got: found.append(f"{got.status}: {got.url}") if not got.ok else None,
    )


def hard_to_read(page: Page) -> list[str]:
    """List what axe calls serious or critical."""
    violations = Axe().run(page).response["violations"]
    return [
        f"axe, {violation['id']}: {node['html'][:100]}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]
