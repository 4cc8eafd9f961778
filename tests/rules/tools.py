"""What the tools of a rendered project find in it."""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from cells import CELLS
from projects import Project

# A rule, and the file that breaks it.
Findings = set[tuple[str, str]]
# One cell for each database, in async and sync.
SIX = [cell for cell in CELLS if str(cell).endswith(("fastapi-async", "flask-sync"))]
TYPED = {"sqlite-fastapi-async", "postgresql-flask-sync"}  # mypy takes its time
FINDING = re.compile(
    r"^(?P<rule>[A-Z]\d\d) (?P<file>\S+?)(?P<line>:\d+)?: (?P<wrong>[^;]+); (?P<mend>.+)"
    r" \(see CONVENTIONS\.md#(?P=rule)\)$"
)
TYPES = re.compile(r"^(\S+?):\d+: error: .*\[([\w-]+)\]$")
GATE = ("G05", "G08", "G10", "G11", "G13", "G14", "G16")


def tool(project: Path, name: str, *arguments: str) -> str:
    """Run a tool of ours on a project, and give what it prints; it may well find something."""
    places = [sysconfig.get_path("scripts"), None]
    program = next(filter(None, (shutil.which(name, path=path) for path in places)))
    done = subprocess.run(
        [program, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stderr
    return done.stdout


def lines_of_texts(project: Path) -> list[str]:
    """What `python -m conventions` prints, by our own Python: it imports nothing."""
    command = [sys.executable, "-m", "conventions"]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


def scan(project: Path) -> Findings:
    """What the checks of texts find: source and ruff."""
    return in_lines(lines_of_texts(project))


def in_lines(lines: list[str]) -> Findings:
    """The findings that lines tell of."""
    matches = map(FINDING.match, lines)
    return {(found["rule"], found["file"]) for found in matches if found}


def lint(project: Path) -> Findings:
    """What ruff finds by its own rules."""
    options = ("--no-cache", "--output-format=json")
    problems = json.loads(tool(project, "ruff", "check", *options))
    files = (Path(problem["filename"]) for problem in problems)
    named = zip(problems, files, strict=True)
    return {
        (problem["code"], file.relative_to(project).as_posix())
        for problem, file in named
    }


def check_types(project: Project) -> Findings:
    """What mypy finds."""
    lines = project.find("mypy", "--no-error-summary", "--no-pretty")
    return {(line[2], line[1]) for line in map(TYPES.match, lines) if line}


def check_conventions(project: Project, *options: str) -> list[str]:
    """What `pytest conventions` prints; by default all but the gate of the migrations."""
    gate = ("-k", f"not ({' or '.join(GATE)})")
    quick = ("-q", "--tb=short", "-p", "no:cacheprovider")
    return project.find("pytest", *quick, "conventions", *(options or gate))
