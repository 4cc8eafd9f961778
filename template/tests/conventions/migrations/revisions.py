"""The revisions: where they stand, and what git knows of them."""

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from alembic.script import Script

from ..sources import ROOT, place
from ..waivers import waivers

VERSIONS = "migrations/versions"


def place_of(script: Script, function: str = "upgrade") -> str:
    """Return path and line of a function of a revision."""
    code = getattr(getattr(script.module, function, None), "__code__", None)
    return place(Path(script.path), code.co_firstlineno if code else 1)


def output_of(program: str, *arguments: str, given: str = "") -> list[str]:
    """Return the lines that a program prints, whatever it thinks of what it finds."""
    done = _run(program, *arguments, given=given)
    if done.returncode not in (0, 1):
        name = Path(program).name
        pytest.fail(f"{name} does not run: {done.stderr.strip()}", pytrace=False)
    return done.stdout.splitlines()


def git(*arguments: str) -> list[str]:
    """Return the lines that git prints. Without a repository, skip the test."""
    found = _run("git", "rev-parse", "--git-dir")
    if found.returncode:
        _without_history(found.stderr.strip())
    return _lines(*arguments)


def bases() -> list[str]:
    """Return where this branch left the main one; on it, also the commit before the last."""
    if not (fork := _fork()):
        _without_history("no main branch: name it, `git remote set-head origin main`")
    return [fork, "HEAD^"] if _is_head(fork) else [fork]


def on_main() -> set[str]:
    """Return the revisions that the main branch has; on it, had before the last commit.

    None where git knows no main branch.
    """
    fork = _fork()
    base = "HEAD^" if _is_head(fork) else fork
    return set(_lines("ls-tree", "--name-only", base, f"{VERSIONS}/"))


def edits_waived_since(base: str) -> set[str]:
    """Return the revisions with a waiver of G11 that they did not have at a commit."""
    old = git("grep", "waive: G11", base, "--", VERSIONS)
    found = set()
    for waiver in waivers():
        path = waiver.place.rpartition(":")[0]
        had = [line for line in old if line.startswith(f"{base}:{path}:")]
        if waiver.rule == "G11" and not any(waiver.why in line for line in had):
            found.add(path)
    return found


def _fork() -> str:
    """Return the commit at which this branch left the main one, "" if there is none."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if found := _lines("merge-base", branch, "HEAD"):
            return found[0]
    return ""


def _is_head(commit: str) -> bool:
    return _lines("rev-parse", "HEAD") == [commit]


def _lines(*arguments: str) -> list[str]:
    return _run("git", *arguments).stdout.splitlines()


def _without_history(why: str) -> NoReturn:
    """Skip a test that needs what git knows; in CI, fail it."""
    reason = f"git knows no history of the revisions: {why}"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 (words of this folder)
            command, cwd=ROOT, input=given, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
