"""What `[tool.conventions]` of pyproject.toml says: all that is known of a project."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any


class BadConfigError(Exception):
    """What pyproject.toml says cannot be meant."""


@dataclass(frozen=True)
class Config:
    """A project. Modules are named as within `package`, without it."""

    root: Path
    package: str
    database: str = "postgresql"
    base: str = "database.base:Base"  # what every model inherits
    main: str = "main"  # imports every subject
    data_layer: str = "database"  # wraps SQLAlchemy, and may use all of it
    session: str = "database.session"  # begins, commits and closes
    connection: str = "connection"  # builds the engine of the process
    units_of_work: tuple[str, ...] = ("unit_of_work", "run")
    top: tuple[str, ...] = ("main", "__main__")  # nothing imports these
    async_code: tuple[str, ...] = ()  # in a sync project: what the web server calls
    temporary_database: str = "tests.databases:temporary_database"
    migrations: str = "migrations"
    docs: str = "CONVENTIONS.md"
    off: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def source(self) -> Path:
        """Return the folder of the package."""
        return self.root / "src" / self.package

    @property
    def versions(self) -> str:
        """Return the folder of the revisions."""
        return f"{self.migrations}/versions"

    @property
    def baseline(self) -> Path:
        """Return the file of the findings that were there before the rules."""
        return self.root / ".conventions-baseline"

    def module(self, name: str) -> Any:
        """Import a module of the package."""
        return import_module(f"{self.package}.{name}")

    def get(self, path: str) -> Any:
        """Import what `module:name` says."""
        module, _, name = path.partition(":")
        return getattr(self.module(module), name)


@cache
def project() -> Config:
    """Read the project of the working directory."""
    here = Path.cwd()
    for root in (here, *here.parents):
        file = root / "pyproject.toml"
        if file.exists():
            settings = tomllib.loads(file.read_text("utf-8")).get("tool", {})
            if "conventions" in settings:
                return read(root, settings["conventions"])
    raise BadConfigError("no pyproject.toml here has [tool.conventions]")


def read(root: Path, settings: Mapping[str, Any]) -> Config:
    """Check the settings. Raises BadConfigError."""
    known = {one.name for one in fields(Config)} - {"root"}
    if unknown := settings.keys() - known:
        raise BadConfigError(f"[tool.conventions] has no {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()
    }
    config = Config(root, **values)
    for rule, why in config.off.items():
        if not isinstance(why, str) or not why.strip():
            raise BadConfigError(f"[tool.conventions] off: why is {rule} off?")
    return config
