"""The migrations: one line of them, complete, and every step back proven.

CONVENTIONS.md says why.
"""

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def test_there_is_one_head(alembic: Config) -> None:
    heads = ScriptDirectory.from_config(alembic).get_heads()
    assert len(heads) <= 1, f"G13: merge the heads with `alembic merge`: {heads}"


@pytest.mark.usefixtures("empty_database")
def test_the_models_have_no_change_without_a_migration(alembic: Config) -> None:
    """G08."""
    command.upgrade(alembic, "head")
    command.check(alembic)


@pytest.mark.usefixtures("empty_database")
def test_every_step_can_be_taken_back(alembic: Config) -> None:
    """G05."""
    revisions = list(ScriptDirectory.from_config(alembic).walk_revisions())
    for revision in reversed(revisions):
        command.upgrade(alembic, revision.revision)
        command.downgrade(alembic, str(revision.down_revision or "base"))
        command.upgrade(alembic, revision.revision)
