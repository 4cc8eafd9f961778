"""What git knows of the revisions: which the main branch has, and what was edited."""

import subprocess
from functools import cache

from .project import project
from .waivers import waivers

MAIN = ("origin/HEAD", "origin/main", "origin/master", "main", "master")


class UnknownHistoryError(Exception):
    """Git does not know what is asked."""


def git(*arguments: str, must: bool = False) -> list[str]:
    """Return the lines that git prints. Raises UnknownHistoryError if it must and cannot."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (words of this package)
            command, cwd=project().root, capture_output=True, text=True, check=must
        )
    except (OSError, subprocess.CalledProcessError) as error:
        if must:
            raise UnknownHistoryError(getattr(error, "stderr", None) or str(error)) from error
        return []
    return done.stdout.splitlines()


def bases() -> list[str]:
    """Return where this branch left the main one; on it, also the commit before the last."""
    git("rev-parse", "--git-dir", must=True)
    if not (fork := _fork()):
        raise UnknownHistoryError("no main branch: name it, `git remote set-head origin main`")
    return [fork, "HEAD^"] if git("rev-parse", "HEAD") == [fork] else [fork]


@cache
def on_main() -> frozenset[str]:
    """Return the revisions that the main branch has; on it, had before the last commit.

    None where git knows no main branch. They are not edited, so new rules are not for them.
    """
    fork = _fork()
    base = "HEAD^" if git("rev-parse", "HEAD") == [fork] else fork
    return frozenset(git("ls-tree", "--name-only", base, f"{project().versions}/"))


def main_branch() -> str:
    """Return the name of the main branch, "" if there is none."""
    named = (git("rev-parse", "--abbrev-ref", "--quiet", "--verify", name) for name in MAIN)
    return next((found[0] for found in named if found), "")


def edits_waived_since(base: str) -> set[str]:
    """Return the revisions with a waiver of G11 that they did not have at a commit."""
    old = git("grep", "waive: G11", base, "--", project().versions)
    found = set()
    for one in waivers():
        had = [line for line in old if line.startswith(f"{base}:{one.file}:")]
        if one.rule == "G11" and not any(one.why in line for line in had):
            found.add(one.file)
    return found


def _fork() -> str:
    """Return the commit at which this branch left the main one, "" if there is none."""
    for branch in MAIN:
        if found := git("merge-base", branch, "HEAD"):
            return found[0]
    return ""
