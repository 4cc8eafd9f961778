"""What the tools of a rendered project find in it."""

import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

from cells import CELLS
from projects import Project

# What found it, what that calls it, in which file.
Findings = set[tuple[str, str, str]]
# One cell for each database, in async and sync.
SIX = [cell for cell in CELLS if str(cell).endswith(("fastapi-async", "flask-sync"))]
TYPED = {"sqlite-fastapi-async", "postgresql-flask-sync"}  # mypy takes its time
OUR_MESSAGE = re.compile(r"^([A-Z]\d\d) (\S+):\d+: .+; .+ \(see CONVENTIONS\.md#\1\)$")
TYPES = re.compile(r"^(\S+?):\d+: error: .*\[([\w-]+)\]$")


def tool(project: Path, name: str, *arguments: str) -> str:
    """Run a tool of ours on a project, and give what it prints; it may well find something."""
    places = [sysconfig.get_path("scripts"), None]
    program = next(filter(None, (shutil.which(name, path=path) for path in places)))
    done = subprocess.run(
        [program, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stderr
    return done.stdout


def scan(project: Path) -> Findings:
    """What ast-grep finds."""
    options = ("--json", "--error=unused-suppression")
    matches = json.loads(tool(project, "ast-grep", "scan", *options))
    return {("ast-grep", match["ruleId"], match["file"]) for match in matches}


def lint(project: Path) -> Findings:
    """What ruff finds; of what is banned, by the id of our rule."""
    options = ("--no-cache", "--output-format=json")
    found: Findings = set()
    for problem in json.loads(tool(project, "ruff", "check", *options)):
        ours = re.search(r"is banned: ([A-Z]\d\d): ", problem["message"])
        name = ours[1] if ours else problem["code"]
        file = Path(problem["filename"]).relative_to(project).as_posix()
        found.add(("ruff", name, file))
    return found


def check_types(project: Project) -> Findings:
    """What mypy finds."""
    lines = project.find("mypy", "--no-error-summary", "--no-pretty")
    return {("mypy", line[2], line[1]) for line in map(TYPES.match, lines) if line}


def check_conventions(project: Project) -> Findings:
    """What the project's own static checks find."""
    tests = ("tests/conventions/test_models.py", "tests/conventions/test_layers.py")
    lines = project.find("pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *tests)
    return {
        ("tests/conventions", line[1], line[2])
        for line in map(OUR_MESSAGE.match, lines)
        if line
    }
