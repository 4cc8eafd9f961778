"""Making subjects in projects, with the generator of this tree."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from projects import Project

GENERATOR = Path(__file__).parents[2] / "generator"
BILLING = [
    "Tag",
    "name: Str64 unique",
    "only: create list show change delete import",
    "Invoice",
    "number: Str64 unique(customer)",
    "customer: ref Customer",
    "status: enum draft open paid void",
    "due_on: date index",
    "note: text null",
    "lines: children InvoiceLine(text: Str200, quantity: int, price: cents)",
    "tags: many Tag",
    "versioned",
    "Payment",
    "invoice: ref Invoice",
    "amount: cents",
    "reference: uuid unique",
    "paid_at: datetime null",
    "only: create list show",
    "soft-deleted",
    "uuid-key",
]


def make(project: Project, *words: str) -> str:
    """Call the command; it works, or the test fails."""
    environment = {**project.variables, "PYTHONPATH": f"{GENERATOR}:src:."}
    command = (sys.executable, "-P", "-m", "subject_generator", *words)
    return Project(project.path, variables=environment).run(*command)


def refusal(project: Project, *words: str) -> str:
    """Call the command, which refuses; return its one sentence."""
    try:
        make(project, *words)
    except AssertionError as error:
        _, _, printed = str(error).partition("\n")
        assert printed.count("\n") == 1, printed
        assert printed.startswith("error: "), printed
        return printed.removeprefix("error: ").rstrip("\n")
    raise AssertionError(f"{words} is not refused")


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the files that git would show, with what is in them."""
    for folder in ("src", "tests", "migrations"):
        for file in sorted((path / folder).rglob("*")):
            if file.is_file() and file.suffix not in (".pyc", ".db"):
                yield file.relative_to(path).as_posix(), file.read_text("utf-8")


SAVE = """
from pathlib import Path

from .client import Client


{define} test_save(client: Client) -> None:
    answer = {wait}client.get("/openapi.json")
    Path("openapi.json").write_text(answer.text, "utf-8")
"""


def validate_openapi(project: Project, concurrency: str) -> dict[str, Any]:
    """Ask the service for its OpenAPI document, validate it, and return it."""
    words = {"define": "async def", "wait": "await "}
    if concurrency == "sync":
        words = {"define": "def", "wait": ""}
    file = project.path / "tests/test_save.py"
    file.write_text(SAVE.format(**words), "utf-8")
    project.run("uv", "run", "pytest", "--quiet", "tests/test_save.py")
    file.unlink()
    project.run("uvx", "openapi-spec-validator==0.9.0", "openapi.json")
    document: dict[str, Any] = json.loads(
        (project.path / "openapi.json").read_text("utf-8")
    )
    return document


def check(project: Project, *tests: str) -> None:
    """Run all checks, and tests of the project."""
    project.run("git", "add", "--all")
    project.run("uv", "run", "mypy")
    run_tests(project, "conventions", *tests)


def run_tests(project: Project, *tests: str) -> None:
    """Run ruff, and tests of the project."""
    project.run("uv", "run", "ruff", "check", "--quiet")
    project.run("uv", "run", "ruff", "format", "--check", "--quiet")
    project.run("uv", "run", "pytest", "--quiet", *tests, timeout=3600)


def chosen_number() -> int:
    """Return how many lists of fields are tried by hand, in every cell; 0 in the gate."""
    return int(os.environ.get("SUBJECTS", "0"))
