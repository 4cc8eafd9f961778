"""The site of docs/: built strictly, with no link that leads nowhere, with true figures."""

import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from cells import CELLS, EXTRAS
from conftest import ROOT
from copier import run_copy
from matrix import cells_table

DOCS = ROOT / "docs"
RULES = (DOCS / "rules.md").read_text("utf-8")
RESULTS = (ROOT / "benchmarks/RESULTS.md").read_text("utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text("utf-8")


def build(source: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of a repository by the tool that `make docs` installs."""
    subprocess.run(["make", "--quiet", ".cache/docs/ready"], cwd=ROOT, check=True)
    return subprocess.run(
        [ROOT / ".cache/docs/venv/bin/python", source / "pages.py", site],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT, folder / "built")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "No issues found" in built.stdout + built.stderr
    return folder / "built/site"


class Page(HTMLParser):
    """The links of a page, and what can be linked to."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.links.append(value)
            if name in {"id", "name"} and value:
                self.anchors.add(value)


def test_every_page_is_on_the_site_and_in_its_navigation(site: Path) -> None:
    listed = Page(site / "index.html").links
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).with_suffix(".html").as_posix()
        name = name.replace("README.html", "index.html")
        assert (site / name).exists(), name
        assert name == "index.html" or name in listed, f"{name} is in no navigation"


def test_no_link_leads_nowhere(site: Path) -> None:
    pages = {
        file: Page(file) for file in site.rglob("*.html") if file.name != "404.html"
    }
    assert len(pages) > 30
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("data:"):
                continue
            target = (file.parent / unquote(parts.path)).resolve()
            target = file if not parts.path else target
            if target.is_dir():
                target = target / "index.html"
            assert target.exists(), f"{file.name}: {link}"
            if parts.fragment and target in pages:
                found = pages[target].anchors
                assert unquote(parts.fragment) in found, f"{file.name}: {link}"


def test_links_to_the_repository_lead_to_files(site: Path) -> None:
    config = (ROOT / "copier.yml").read_text("utf-8")
    (address,) = re.findall(r"(?m)^repository: .*default: (\S+)\}$", config)
    found = 0
    for file in site.rglob("*.html"):
        for link in Page(file).links:
            path = re.fullmatch(rf"{address}/(?:blob|raw)/main/([^#]+)(?:#.*)?", link)
            if path:
                found += 1
                assert (ROOT / unquote(path[1])).exists(), link
    assert found > 20


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(DOCS, source / "docs")
    for name in ("pages.py", "copier.yml"):
        shutil.copy(ROOT / name, source)
    page = source / "docs/tour.md"
    page.write_text(page.read_text("utf-8") + "\n[Nowhere](#nowhere)\n", "utf-8")
    assert build(source, tmp_path / "built").returncode != 0


# --- Figures ------------------------------------------------------------------


def in_rules(pattern: str) -> str:
    found = re.search(pattern, RULES)
    assert found, pattern
    return found[1]


def worst_insert(column: int) -> str:
    """Return what the table of targets has for inserts."""
    row = re.search(r"(?m)^\| insert \|(.*)$", RESULTS.partition("## Targets")[2])
    assert row
    return row[1].split("|")[column].split("(")[0].strip(" *")


FIGURES: dict[str, Callable[[], object]] = {
    "cells: database, framework and style": lambda: len(CELLS),
    "rules": lambda: in_rules(r"\d+ of (\d+) rules are held"),
    "rules that a tool holds": lambda: in_rules(r"(\d+) of \d+ rules are held"),
    "planted faults, all found": lambda: in_rules(r"All of\s+(\d+) planted faults"),
    "pieces of good code without an alarm": lambda: in_rules(
        r"Of (\d+) pieces of good but unusual code none raises"
    ),
    "extras": lambda: len(EXTRAS),
    "versions released": lambda: len(re.findall(r"(?m)^## \d", CHANGES)),
    "inserts: ours to advanced-alchemy, at worst": lambda: worst_insert(2),
    "inserts: ours to the fastest way there is, at worst": lambda: worst_insert(3),
    "rounds of the benchmarks": lambda: re.findall(r"range of (\d+) rounds", RESULTS)[
        0
    ],
}


def test_each_figure_is_that_of_its_file() -> None:
    table = (DOCS / "promises.md").read_text("utf-8").partition("## Figures")[2]
    rows = re.findall(r"(?m)^\| ([^|]+) \| ([\d.]+) \| \[", table)
    assert dict(rows) == {name: str(figure()) for name, figure in FIGURES.items()}


def test_the_table_of_cells_is_that_of_the_tests() -> None:
    assert cells_table.page() == cells_table.PAGE.read_text("utf-8"), "run `make cells`"


def test_each_diagram_is_drawn_as_it_is() -> None:
    """`make pictures` draws it for the site, which has no script that does."""
    drawn = {
        page: found[0]
        for page in DOCS.rglob("*.md")
        if (found := re.search(r"(?ms)^```mermaid\n.*?^```$", page.read_text("utf-8")))
    }
    assert drawn
    for page, diagram in drawn.items():
        picture = (DOCS / "pictures" / f"{page.stem}.svg").read_text("utf-8")
        names = set(re.findall(r"[A-Za-z]\w*", diagram)) - {"mermaid", "erDiagram", "o"}
        assert [name for name in names if f">{name}" not in picture] == []


# --- Commands -----------------------------------------------------------------


def test_the_first_five_minutes_are_what_copier_prints(
    snapshot: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    page = (DOCS / "get-started.md").read_text("utf-8")
    commands = page.split("```bash\n")[2].split("```")[0].splitlines()
    run_copy(str(snapshot), tmp_path / "my-service", defaults=True)
    printed = capfd.readouterr().err
    _, _, told = printed.partition("is ready. Next:")
    lines = [re.sub(r" {3,}\(.*", "", line).strip() for line in told.splitlines()]
    expected = [line for line in lines if line]
    assert commands[1:] == expected[1:]
    assert expected[0].startswith("cd ")


def test_every_question_has_its_extras_in_the_table() -> None:
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    readme = (ROOT / "README.md").read_text("utf-8")
    for choice in config["extras"]["choices"].values():
        assert f"`{choice}`" in readme, choice
