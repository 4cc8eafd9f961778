"""The project: what `[tool.conventions]` of pyproject.toml says, its rules and its modules."""

import ast
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from pathlib import Path
from typing import Any

HEAD = re.compile(r'^### (?:<a id="\w+"></a>)?(?P<rule>[A-Z]\d\d) (?P<says>.+)$', re.MULTILINE)
NAMED = re.compile(r'"([A-Z]\d\d)"')
GET = re.compile(r"(router|app|blueprint|bp|api)\w*\.get\(.")  # as a decorator
PACKAGE = Path(__file__).parent
PARTS = ("src", "migrations", "tests")
INSTRUMENTS = {
    "guards": "guard",
    "hints.py": "SQLAlchemy",
    "migrations": "migrations",
    "models": "models",
    "routes.py": "routes",
    "ruff.py": "ruff",
    "source": "source",
}


class BadConfigError(Exception):
    """What pyproject.toml says cannot be meant."""


@dataclass(frozen=True)
class Project:
    """All that is known of a project. Modules are named as within `package`."""

    root: Path
    package: str
    database: str = "postgresql"
    main: str = "main"  # imports every subject
    top: tuple[str, ...] = ("main", "__main__", "subjects")  # nothing imports these
    data_layer: tuple[str, ...] = ("database",)  # wraps SQLAlchemy, and may use all of it
    connection: str = "connection"  # alone calls what builds engines and sessions:
    builders: tuple[str, ...] = ("build_engine", "build_sessions")
    unit_of_work: str = "unit_of_work"  # `with` it a session is opened
    run: str = "run_in_unit_of_work"  # takes sessions and a function
    repository: str = "Repository"  # what the name of a repository ends with
    backfill: str = "backfill"  # all that revisions import of the project
    async_code: tuple[str, ...] = ()  # in a sync project: what the web server calls
    temporary_database: str = "tests.databases:temporary_database"
    migrations: str = "migrations"
    docs: str = "CONVENTIONS.md"
    off: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def source(self) -> Path:
        return self.root / "src" / self.package

    @property
    def versions(self) -> str:
        return f"{self.migrations}/versions"

    @cached_property
    def rules(self) -> dict[str, str]:
        """Return what each rule says. Raises BadConfigError."""
        file = self.root / self.docs
        heads = HEAD.finditer(file.read_text("utf-8") if file.exists() else "")
        if not (rules := {head["rule"]: head["says"] for head in heads}):
            raise BadConfigError(f"{self.docs} explains no rule")
        for rule, why in self.off.items():
            if rule not in rules:
                raise BadConfigError(f"[tool.conventions] off: there is no rule {rule}")
            if not isinstance(why, str) or not why.strip():
                raise BadConfigError(f"[tool.conventions] off: why is {rule} off?")
        return rules


@cache
def project() -> Project:
    """Read the project of the working directory. Raises BadConfigError."""
    for root in (Path.cwd(), *Path.cwd().parents):
        file = root / "pyproject.toml"
        tools = tomllib.loads(file.read_text("utf-8")).get("tool", {}) if file.exists() else {}
        if "conventions" in tools:
            given: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value
                for key, value in tools["conventions"].items()
            }
            if unknown := given.keys() - {one.name for one in fields(Project)[1:]}:
                raise BadConfigError(f"[tool.conventions] has no {', '.join(sorted(unknown))}")
            return Project(root, **given)
    raise BadConfigError("no pyproject.toml here has [tool.conventions]")


def is_on(rule: str) -> bool:
    return rule in project().rules and rule not in project().off


@cache
def held() -> dict[str, set[str]]:
    """Return what holds each rule: what names it in this package. Nothing holds advice."""
    found: dict[str, set[str]] = {}
    for name, instrument in INSTRUMENTS.items():
        path = PACKAGE / name
        for file in [path] if path.is_file() else path.glob("*.py"):
            for rule in NAMED.findall(file.read_text("utf-8")):
                found.setdefault(rule, set()).add(instrument)
    return found


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    found = ((project().root / folder).rglob("*.py") for folder in folders)
    return tuple(path for paths in found for path in sorted(paths))


@cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """Parse a module; one that Python refuses is as if empty: Python tells of it."""
    try:
        return ast.parse(text(path))
    except SyntaxError:
        return ast.Module([], [])


def place(path: Path, line: int) -> str:
    """Return `path:line`, as terminals and editors open it."""
    return f"{path.relative_to(project().root).as_posix()}:{line}"


@cache
def part_of(path: Path) -> str:
    """Return the part of the project: "src", "data", "tests", "revision", "env" or ""."""
    one = project()
    wraps = [one.source / f"{name}{end}" for name in one.data_layer for end in ("", ".py")]
    parts = [
        ("revision", one.root / one.versions),
        *(("data", path) for path in wraps),
        ("src", one.root / "src"),
        ("tests", one.root / "tests"),
        ("env", one.root / one.migrations),
    ]
    return next((part for part, folder in parts if path.is_relative_to(folder)), "")
