"""Make a site of docs/ (`make docs`): the same pages, with a navigation and a search.

Links that leave docs/ lead to the repository; the site itself asks no other. A guide or a decision that is added is found.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent
DOCS = ROOT / "docs"
SITE = ROOT / ".cache/site"
FIRST = ["get-started", "tour", "promises"]
LAST = ["updating", "versioning", "comparison", "questions", "rules"]
PICTURES = ROOT / "benchmarks"
# The theme's own colour of the page that is open has too little contrast, and what is scrolled
# within a page cannot be reached by keyboard: so nothing is. In tables only code and links may
# break within a word, and no column gets too narrow for them.
STYLE = """\
.md-nav__link--active { color: var(--md-default-fg-color) !important; font-weight: bold }
.md-typeset table:not([class]) th, .md-typeset table:not([class]) td { min-width: 0; padding: .6em .7em }
.md-typeset td code, .md-typeset td a { overflow-wrap: anywhere }
.md-typeset table:not([class]) td:has(code, a) { min-width: 9em }
.md-typeset pre > code { white-space: pre-wrap; overflow-wrap: anywhere }
@media (max-width: 600px) {
  .md-typeset table:not([class]) { font-size: .6rem }
  .md-typeset table:not([class]) td:has(code, a) { min-width: 7em }
  .md-typeset table:not([class]) th, .md-typeset table:not([class]) td { padding: .5em .3em }
}
"""
FOLDERS = {"Guides": "guides", "Decisions": "decisions"}
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s]+)(\))")


def title(page: Path) -> str:
    """Return the first heading of a page."""
    return page.read_text("utf-8").partition("\n")[0].removeprefix("# ").strip()


def entry(page: Path) -> dict[str, str]:
    return {title(page): page.relative_to(DOCS).as_posix()}


def navigation() -> list[object]:
    """List the pages: some in an order, those of a folder by their titles."""
    first = [entry(DOCS / f"{name}.md") for name in FIRST]
    folders = [
        {name: sorted(map(entry, (DOCS / folder).glob("*.md")), key=list)}
        for name, folder in FOLDERS.items()
    ]
    last = [entry(DOCS / f"{name}.md") for name in LAST]
    named = {"README", *FIRST, *LAST}
    others = [entry(page) for page in DOCS.glob("*.md") if page.stem not in named]
    pages: list[object] = [{"Documents": "index.md"}]
    return [*pages, *first, *folders, *sorted(others, key=list), *last]


def repository() -> str:
    """Return the address that copier.yml has, and nothing else."""
    config = (ROOT / "copier.yml").read_text("utf-8")
    (address,) = re.findall(r"^repository: .*default: (\S+)\}$", config, re.MULTILINE)
    return str(address)


def for_the_site(page: Path) -> str:
    """Return a page, with links to its neighbours on the site, else to the repository.

    A diagram becomes the picture that `make pictures` drew: GitHub draws it, the site does not.
    """

    def moved(link: re.Match[str]) -> str:
        before, target, after = link.groups()
        path, _, anchor = target.partition("#")
        if not path or re.match(r"\w+:", path):
            return link[0]
        found = (page.parent / path).resolve()
        if found.is_relative_to(DOCS) and found.is_file():
            renamed = re.sub(r"(^|/)README\.md$", r"\1index.md", path)
            return f"{before}{renamed}{'#' * bool(anchor)}{anchor}{after}"
        if before.startswith("!"):
            up = "../" * len(page.parent.relative_to(DOCS).parts)
            return f"{before}{up}{found.name}{after}"
        where = found.relative_to(ROOT).as_posix()
        return f"{before}{repository()}/blob/main/{where}{'#' * bool(anchor)}{anchor}{after}"

    picture = f"pictures/{page.stem}.svg"
    drawn = f"[![{title(page)}: a diagram]({picture})]({picture})"
    return LINK.sub(moved, DIAGRAM.sub(drawn, page.read_text("utf-8")))


def stage(folder: Path) -> None:
    """Write what the site is built from."""
    for file in filter(Path.is_file, DOCS.rglob("*")):
        name = "index.md" if file == DOCS / "README.md" else file.relative_to(DOCS)
        target = folder / "docs" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            target.write_text(for_the_site(file), "utf-8")
        else:
            shutil.copy(file, target)
    for picture in PICTURES.glob("*.svg"):
        shutil.copy(picture, folder / "docs")
    (folder / "docs/site.css").write_text(STYLE, "utf-8")
    config = f"""\
[project]
site_name = "copier-sqlalchemy"
site_url = "https://example.com/"
extra_css = ["site.css"]
use_directory_urls = false
nav = {toml(navigation())}

[project.markdown_extensions]
admonition = {{}}
attr_list = {{}}
tables = {{}}
toc = {{permalink = true}}
pymdownx.highlight = {{}}
pymdownx.superfences = {{}}

[project.theme]
font = false
features = ["content.code.copy", "navigation.footer", "navigation.sections", "navigation.top"]
"""
    (folder / "zensical.toml").write_text(config, "utf-8")


def toml(value: object) -> str:
    """Write lists, tables and texts on one line."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)} = {toml(one)}" for name, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    stage(folder)
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([zensical, "build", "--strict"], cwd=folder, check=True)
    print(f"Open {folder / 'site/index.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SITE)
