"""What git knows of the revisions: which the main branch has, and what was edited."""

import os
import subprocess
from functools import cache

from .config import project
from .waivers import waivers


class UnknownHistoryError(Exception):
    """Git does not know what is asked."""


def git(*arguments: str) -> list[str]:
    """Return the lines that git prints. Raises UnknownHistoryError without a repository."""
    found = _run("rev-parse", "--git-dir")
    if found.returncode:
        raise UnknownHistoryError(found.stderr.strip())
    return _lines(*arguments)


def bases() -> list[str]:
    """Return where this branch left the main one; on it, also the commit before the last."""
    git("status", "--short", project().versions)
    if not (fork := _fork()):
        raise UnknownHistoryError("no main branch: name it, `git remote set-head origin main`")
    return [fork, "HEAD^"] if _is_head(fork) else [fork]


@cache
def on_main() -> frozenset[str]:
    """Return the revisions that the main branch has; on it, had before the last commit.

    None where git knows no main branch. They are not edited, so new rules are not for them.
    """
    fork = _fork()
    base = "HEAD^" if _is_head(fork) else fork
    return frozenset(_lines("ls-tree", "--name-only", base, f"{project().versions}/"))


def edits_waived_since(base: str) -> set[str]:
    """Return the revisions with a waiver of G11 that they did not have at a commit."""
    old = git("grep", "waive: G11", base, "--", project().versions)
    found = set()
    for waiver in waivers():
        path = waiver.place.rpartition(":")[0]
        had = [line for line in old if line.startswith(f"{base}:{path}:")]
        if waiver.rule == "G11" and not any(waiver.why in line for line in had):
            found.add(path)
    return found


def in_ci() -> bool:
    """Tell whether what is not known is a failure."""
    return bool(os.environ.get("CI"))


def _fork() -> str:
    """Return the commit at which this branch left the main one, "" if there is none."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if found := _lines("merge-base", branch, "HEAD"):
            return found[0]
    return ""


def _is_head(commit: str) -> bool:
    return _lines("rev-parse", "HEAD") == [commit]


def _lines(*arguments: str) -> list[str]:
    return _run(*arguments).stdout.splitlines()


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ("git", *arguments)
    try:
        return subprocess.run(  # noqa: S603 (words of this package)
            command, cwd=project().root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
