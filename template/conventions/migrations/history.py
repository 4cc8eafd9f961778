"""The history: one line of revisions, and none that changes afterwards."""

import os
import subprocess

from alembic.script import ScriptDirectory

from ..config import project
from ..rules import Found
from .database import alembic, place_of


class UnknownHistoryError(Exception):
    """Git does not know what is asked."""


def there_is_one_head() -> Found:
    scripts = ScriptDirectory.from_config(alembic())
    heads = [scripts.get_revision(head) for head in scripts.get_heads()]
    wrong = f"it is one of {len(heads)} revisions that nothing follows"
    for head in heads[1:]:
        yield "G13", place_of(head), wrong, 'join them: `uv run alembic merge heads -m "join"`'


def git_has_every_revision() -> Found:
    options = ("--others", "--ignored", "--exclude-standard")
    for path in git("ls-files", *options, project().versions):
        if path.endswith(".py"):
            yield "G10", f"{path}:1", "git ignores it", "take it out of .gitignore"


def revisions_of_the_main_branch_are_not_edited() -> Found:
    bases = [fork()]
    if bases == git("rev-parse", "HEAD"):
        bases.append("HEAD^")  # on the main branch, look at its last commit
    options = ("--name-only", "--no-renames", "--diff-filter=MDT", "--relative")
    versions = project().versions
    edited = {p for base in bases for p in git("diff", *options, base, "--", versions)}
    for path in sorted(edited):
        wrong = "databases have taken it as it is on the main branch"
        yield "G11", f"{path}:1", wrong, "restore it, and write a new revision"


def on_the_main_branch() -> set[str]:
    """Return the paths of the revisions that the main branch has."""
    return set(git("ls-tree", "--name-only", fork(), f"{project().versions}/"))


def git(*arguments: str) -> list[str]:
    """Return the lines that git prints. Raises UnknownHistoryError without a repository."""
    found = _run("rev-parse", "--git-dir")
    if found.returncode:
        raise UnknownHistoryError(found.stderr.strip())
    return _run(*arguments).stdout.splitlines()


def fork() -> str:
    """Return the commit at which this branch left the main one."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if found := git("merge-base", branch, "HEAD"):
            return found[0]
    raise UnknownHistoryError("no main branch: `git remote set-head origin <branch>` names it")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ("git", *arguments)
    try:
        return subprocess.run(  # noqa: S603 (words of this package)
            command, cwd=project().root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))


def in_ci() -> bool:
    """Tell whether what is not known is a failure."""
    return bool(os.environ.get("CI"))
