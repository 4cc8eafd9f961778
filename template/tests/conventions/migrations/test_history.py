"""The history: one line of revisions, and none that changes afterwards."""

from collections.abc import Iterator

from alembic.config import Config
from alembic.script import ScriptDirectory

from ..finding import Finding, fail
from ..sources import ROOT
from .revisions import VERSIONS, bases, edits_waived_since, git, place_of


def test_there_is_one_head(alembic: Config) -> None:
    scripts = ScriptDirectory.from_config(alembic)
    heads = [scripts.get_revision(head) for head in scripts.get_heads()]
    wrong = f"it is one of {len(heads)} revisions that nothing follows"
    instead = 'join them: `uv run alembic merge heads -m "join"`'
    fail(Finding("G13", place_of(head), wrong, instead) for head in heads[1:])


def test_git_has_every_revision() -> None:
    options = ("--others", "--ignored", "--exclude-standard")
    fail(
        Finding("G10", f"{path}:1", "git ignores it", "take it out of .gitignore")
        for path in git("ls-files", *options, VERSIONS)
        if path.endswith(".py")
    )


def test_revisions_of_the_main_branch_are_not_edited() -> None:
    edited = {path for base in bases() for path in edited_since(base)}
    wrong = "databases have taken it as it is on the main branch"
    instead = "restore it, and write a new revision"
    fail(Finding("G11", f"{path}:1", wrong, instead) for path in sorted(edited))


def edited_since(base: str) -> Iterator[str]:
    """Yield the revisions that are not what they were, and no waiver says why.

    That of one that is gone is in another: in what takes its place.
    """
    waived = edits_waived_since(base)
    options = ("--name-only", "--no-renames", "--diff-filter=MDT", "--relative")
    for path in git("diff", *options, base, "--", VERSIONS):
        gone = not (ROOT / path).exists()
        if path not in waived and not (gone and waived):
            yield path
