"""The steps: each can be taken, taken back and taken again."""

from collections.abc import Iterator

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationStep
from alembic.script import Script, ScriptDirectory

from ..finding import Finding, fail
from .revisions import place_of
from .schema import Fact, migrated_schema


@pytest.mark.usefixtures("empty_database")
def test_every_step_can_be_taken_back(alembic: Config) -> None:
    scripts = ScriptDirectory.from_config(alembic)
    for script in reversed(list(scripts.walk_revisions())):
        fail(findings(alembic, script))


def findings(alembic: Config, script: Script) -> Iterator[Finding]:
    """Go up, down and up again; tell where the schema is not what it was."""
    seen = [migrated_schema()]
    for way in ("upgrade", "downgrade", "upgrade"):
        try:
            take(alembic, script, way)
        except NotImplementedError:
            return  # the revision says that there is no way back
        except Exception as error:  # noqa: BLE001 (a revision may raise any)
            wrong = f"{way}() fails: {' '.join(str(error).split())}"
            yield Finding("G05", place_of(script, way), wrong, "mend it")
            return
        seen.append(migrated_schema())
        if way == "downgrade" and seen[2] != seen[0]:
            yield from differences(place_of(script, way), seen[0], seen[2])
            return
    for _, fact in sorted(seen[1] ^ seen[3]):
        wrong = f"a second upgrade() differs in {fact}"
        yield Finding("G05", place_of(script), wrong, "make both do the same")


def differences(place: str, before: set[Fact], after: set[Fact]) -> Iterator[Finding]:
    """Tell what a downgrade has left, and what it has not brought back."""
    for _, fact in sorted(after - before):
        wrong = f"downgrade() leaves {fact}"
        yield Finding("G05", place, wrong, "take back all that upgrade() does")
    for _, fact in sorted(before - after):
        wrong = f"downgrade() lacks {fact}"
        yield Finding("G05", place, wrong, "restore what was there")


def take(alembic: Config, script: Script, way: str) -> None:
    """Take one step, "upgrade" or "downgrade", and no other."""
    scripts = ScriptDirectory.from_config(alembic)
    fresh = scripts.get_revision(script.revision)
    if way == "upgrade":
        step = MigrationStep.upgrade_from_script(scripts.revision_map, fresh)
    else:
        step = MigrationStep.downgrade_from_script(scripts.revision_map, fresh)
    with EnvironmentContext(alembic, scripts, fn=lambda *_: [step]):
        scripts.run_env()
