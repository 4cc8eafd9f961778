"""Draw the pictures of docs/pictures/ (`make pictures`): a terminal, the API, the tables."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Route

from browser import chromium
from browser.shop import Shop
from browser.terminal import drawn
from demo import ROOT
from pages import DIAGRAM

PICTURES = ROOT / "docs/pictures"
PACKAGES = ROOT / ".cache/browser/node_modules"
SWAGGER = PACKAGES / "swagger-ui-dist"
MERMAID = PACKAGES / "mermaid/dist/mermaid.min.js"
BIGGEST = 150_000  # bytes


def main() -> None:
    with TemporaryDirectory() as folder, chromium.launched() as browser:
        shop, log = Shop(Path(folder) / "my-service"), Path(folder) / "log"
        save("requests.svg", drawn("requests", "Requests", shop.log_of_requests(log)))
        with shop.served(log) as address:
            save("api.png", api(browser, address))
        save("finding.svg", drawn("finding", "A finding", shop.finding()))
        for page in (ROOT / "docs").glob("*.md"):
            if diagram := DIAGRAM.search(page.read_text("utf-8")):
                save(f"{page.stem}.svg", diagram_drawn(browser, diagram[1]))


def save(name: str, picture: str | bytes) -> None:
    content = picture.encode() if isinstance(picture, str) else picture
    if len(content) > BIGGEST:
        raise SystemExit(f"{name} has {len(content)} bytes, more than {BIGGEST}")
    (PICTURES / name).write_bytes(content)
    print(f"{name}: {len(content)} bytes")


def api(browser: Browser, address: str) -> bytes:
    """Return a picture of /docs, with the scripts of its page from a package instead of the net."""

    def from_package(route: Route) -> None:
        file = SWAGGER / route.request.url.rpartition("/")[2]
        route.fulfill(path=file) if file.is_file() else route.abort()

    with browser.new_page(viewport={"width": 900, "height": 800}) as page:
        page.route(lambda url: not url.startswith(address), from_package)
        page.goto(f"{address}/docs")
        last = page.locator(".opblock").last
        last.wait_for()
        box = last.bounding_box()
        height = box["y"] + box["height"] + 20
        picture: bytes = page.screenshot(
            full_page=True, clip={"x": 0, "y": 0, "width": 900, "height": height}
        )
    return picture


def diagram_drawn(browser: Browser, diagram: str) -> str:
    """Return a diagram of Mermaid as a picture."""
    with browser.new_page() as page:
        page.add_script_tag(path=MERMAID)
        picture = page.evaluate(
            """async diagram => {
                mermaid.initialize({startOnLoad: false, htmlLabels: false});
                return (await mermaid.render("diagram", diagram)).svg;
            }""",
            diagram,
        )
    return str(picture)


if __name__ == "__main__":
    main()
