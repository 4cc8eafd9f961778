"""An empty database, reached as `alembic` reaches it: through the project's own env.py."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

from ..project import place, project, text

Result = TypeVar("Result")


def alembic() -> Config:
    return Config(toml_file=project().root / "pyproject.toml")


def revisions() -> list[Script]:
    return list(ScriptDirectory.from_config(alembic()).walk_revisions())[::-1]


@contextmanager
def empty_database() -> Iterator[None]:
    """Put another database, with no table, in the place of DATABASE_URL."""
    module, _, name = project().temporary_database.partition(":")
    before = os.environ.get("DATABASE_URL")
    with getattr(import_module(module), name)() as url:
        os.environ["DATABASE_URL"] = url.render_as_string(hide_password=False)
        try:
            yield
        finally:
            del os.environ["DATABASE_URL"]
            if before is not None:
                os.environ["DATABASE_URL"] = before


def connected(work: Callable[[Connection], Result]) -> Result:
    """Do something by a connection to the database, and commit.

    Its `info` has the `include_name` of env.py, if there is one.
    """
    results = []

    def instead_of_migrating(_: object, context: object) -> list[MigrationStep]:
        connection: Connection = context.connection  # type: ignore[attr-defined]  # of Alembic
        connection.info["include_name"] = context.opts.get("include_name")  # type: ignore[attr-defined]
        results.append(work(connection))
        connection.commit()
        return []

    config = alembic()
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, scripts, fn=instead_of_migrating, dont_mutate=True):
        scripts.run_env()
    return results[0]


def take(script: Script, way: str) -> None:
    config = alembic()
    scripts = ScriptDirectory.from_config(config)
    fresh = scripts.get_revision(script.revision)
    make = getattr(MigrationStep, f"{way}_from_script")
    step = make(scripts.revision_map, fresh)
    with EnvironmentContext(config, scripts, fn=lambda *_: [step]):
        scripts.run_env()


def place_of(
    script: Script, function: str = "upgrade", error: BaseException | None = None, words: str = ""
) -> str:
    """Return where a revision fails, or names these things ("orders.note"), else its function."""
    path, parts = Path(script.path), [f'"{word}"' for word in words.split(".") if word]
    code = getattr(getattr(script.module, function, None), "__code__", None)
    lines = [code.co_firstlineno if code else 1]
    for number, line in enumerate(text(path).splitlines(), 1):
        if parts and all(part in line for part in parts):
            return place(path, number)
    while error is not None:
        frames = extract_tb(error.__traceback__)
        lines += [one.lineno or 1 for one in frames if one.filename == script.path]
        error = error.__cause__
    return place(path, lines[-1])
