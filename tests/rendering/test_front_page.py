"""README.md and docs/: links, commands, code and pictures are as they say."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from cells import Cell
from conftest import Render
from copier._vcs import get_repo
from installed import Installed

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
REPOSITORY = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))["repository"][
    "default"
]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
SHOP = {"database": "postgresql", "web": "fastapi", "concurrency": "async"}
CELL = Cell("sqlite", "fastapi", "async")
AUTHOR = "-c user.name=A -c user.email=a@example.com"


def blocks(language: str) -> list[str]:
    """Return the blocks of code of the README."""
    fenced = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", README)
    return [code for name, code in fenced if name == language]


# --- Links and addresses ------------------------------------------------------


def test_there_is_one_address() -> None:
    """That of copier.yml: a fork changes it there, and is told of all other places."""
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)
    wrong = []
    for name in filter(None, listed.split("\0")):
        file = ROOT / name
        if re.match(r"examples/.+/", name) or not file.is_file():
            continue  # rendered: another test compares them
        text = file.read_text("utf-8", errors="replace")
        for address in re.findall(
            r"(?:gh:|https://github\.com/)[\w-]+/copier-sqlalchemy\b", text
        ):
            if get_repo(address) != f"{REPOSITORY}.git":
                wrong.append(f"{name}: {address}")
    assert wrong == [], f"write {REPOSITORY}, as in copier.yml"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        path, _, _ = link.partition("#")
        if path and not re.match(r"\w+:", path):
            assert (page.parent / path).exists(), link


def test_every_document_is_listed() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {page.relative_to(ROOT / "docs") for page in ROOT.glob("docs/*/*.md")}
    assert len(pages) > 15
    assert [page for page in sorted(pages) if f"({page.as_posix()})" not in index] == []


@pytest.mark.parametrize("example", [True, False])
def test_guides_that_projects_link_exist(render: Render, *, example: bool) -> None:
    readme = render(**SHOP, example=example) / "README.md"
    links = re.findall(r"/blob/main/(docs/[\w./-]+)", readme.read_text("utf-8"))
    assert len(links) > 5
    assert [link for link in links if not (ROOT / link).is_file()] == []


# --- Commands -----------------------------------------------------------------


def commands() -> Iterator[list[str]]:
    for block in blocks("bash"):
        yield from (line.split() for line in block.splitlines())


def test_its_targets_of_make_exist() -> None:
    """Other tests and CI run them."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"(?m)(?:^|`)make ([a-z]+)", README)
    assert {"demo", "test", "release"} <= {*targets}
    for target in targets:
        assert re.search(rf"(?m)^{target}:.*## ", makefile), target


def test_its_commands_of_copier_work(snapshot: Path, tmp_path: Path) -> None:
    """In their order; without the dialogue, and from here instead of the address."""
    template = tmp_path / "template"
    subprocess.run(["cp", "-R", snapshot, template], check=True)
    commit(template)
    address, here, ran = REPOSITORY, tmp_path, 0
    for command in commands():
        match command:
            case ["uvx", "copier", *arguments]:
                arguments = [str(template) if a == address else a for a in arguments]
                quietly = {"--defaults", "--quiet"} - {*arguments}
                copier = (sys.executable, "-m", "copier", *arguments, *quietly)
                subprocess.run(copier, cwd=here, check=True)
                ran += 1
            case ["cd", folder]:
                here = here / folder
            case ["git", "init", *_]:
                # Who commits is for git's own settings to say.
                script = " ".join(command).replace("git commit", f"git {AUTHOR} commit")
                subprocess.run(["bash", "-ec", script], cwd=here, check=True)
            case ["uv", "run", "new_subject.py", *_]:  # tests of subjects run it
                readme = (snapshot / "template/README.md").read_text("utf-8")
                assert " ".join(command) in readme
            case _:
                assert command[0] == "make", command
    assert ran == 3
    assert (tmp_path / "my-service/src/my_service").is_dir()
    assert (here / "src").is_dir()
    assert not [*here.rglob("catalogue")]


def commit(folder: Path) -> None:
    git = ("git", *AUTHOR.split())
    for step in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--message=All"),
    ):
        subprocess.run([*git, *step], cwd=folder, check=True)


# --- Code and pictures --------------------------------------------------------


def test_the_code_is_in_the_project(render: Render) -> None:
    excerpt, _ = blocks("python")
    path = "src/my_service/orders/checkout.py"
    assert excerpt in (render(**SHOP) / path).read_text("utf-8")


def test_the_layers_are_those_of_the_picture(render: Render) -> None:
    (picture,) = blocks("mermaid")
    drawn = set(re.findall(r"(\w+)(?:\[.*?\])? --> (\w+)", picture))
    assert drawn == set(arrows(render(**SHOP)))


def arrows(project: Path) -> Iterator[tuple[str, str]]:
    """Yield which layer imports which."""
    source = project / "src/my_service"
    migrations = [project / "migrations/env.py"]
    for module in (*source.rglob("*.py"), *migrations):
        importer = (
            "migrations"
            if module in migrations
            else layer(source, module.relative_to(source).parts[0])
        )
        package = ".".join(
            ("my_service", *module.relative_to(project).parent.parts[2:])
        )
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = resolve_name("." * node.level + (node.module or ""), package)
                names = [f"{base}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                if name.startswith("my_service."):
                    imported = layer(source, name.split(".")[1])
                    if imported != importer:
                        yield importer, imported


def layer(source: Path, part: str) -> str:
    """Return the layer of a module or folder of the package."""
    part = part.removesuffix(".py")
    if part in ("main", "__main__"):
        return "main"
    if part == "database":
        return part
    # subjects.py imports every folder of a subject, whatever its name.
    subject = part == "subjects" or (source / part).is_dir()
    return "subjects" if subject else "shared"


@pytest.mark.cells(CELL)
def test_the_finding_is_as_printed(cell: Cell, installed: Installed) -> None:
    _, method = blocks("python")
    (finding,) = [block for block in blocks("") if block.startswith("M11 ")]
    project = installed(cell, example=True)
    repository = project.path / "src/my_service/orders/repository.py"
    original = repository.read_text("utf-8")
    test = project.path / "tests/orders/test_named.py"
    last = "        return list(ids)\n"
    assert original.count(last) == 1
    planted = original.replace(last, f"{last}\n{method}")
    repository.write_text(planted, "utf-8")
    test.write_text(
        dedent(
            """\
            from my_service.orders.repository import CustomerRepository


            async def test_named(session) -> None:
                assert await CustomerRepository(session).find_by_name("Ada") == []
            """
        ),
        "utf-8",
    )
    try:
        printed = project.find("pytest", "-q", "tests/orders/test_named.py")
    finally:
        repository.write_text(original, "utf-8")
        test.unlink()
    # What is above the method may change: the number of its line is that of today.
    number = planted[: planted.index("self.session.scalars(statement)")].count("\n") + 1
    assert re.sub(r"(?<=\.py:)\d+", str(number), finding).strip() in printed
    assert "1 passed, 1 error" in printed[-1]
