"""What `alembic revision --autogenerate` writes: what the gate lets pass, as far as it can be."""

from importlib import import_module
from typing import Any

from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext

from ..project import project
from .notes import tell_what_loses_rows


def write(context: MigrationContext, revision: Any, scripts: list[MigrationScript]) -> None:
    """Offer renames, tell what would lose rows, and write each change as it locks nobody out."""
    tell_what_loses_rows(context, revision, scripts)
    if project().database != "sqlite":  # where one writes at a time anyway
        steps = import_module(f".{project().database}", __package__).steps
        import_module(".splitting", __package__).split(scripts, steps)
