"""What `alembic revision --autogenerate` writes: what the gate lets pass, as far as it can be."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext

from ..project import project
from .notes import note_what_loses_rows

Tidy = Callable[[MigrationContext, Any, list[MigrationScript]], None]


def write(
    migration: MigrationContext, revision: Any, scripts: list[MigrationScript], *, tidy: Tidy
) -> None:
    """Offer renames, tidy, and write each change as it locks nobody out."""
    [upgrade] = scripts[0].upgrade_ops_list
    note_what_loses_rows(migration, upgrade)
    tidy(migration, revision, scripts)
    if scripts and project().database != "sqlite":  # where one writes at a time anyway
        steps_of = import_module(f".{project().database}", __package__).steps
        import_module(".splitting", __package__).split(scripts, steps_of)
