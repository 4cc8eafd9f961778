"""The revisions: where they stand, and what git knows of them."""

import subprocess
from pathlib import Path

from alembic.script import Script

from ..sources import ROOT, place

VERSIONS = "migrations/versions"


def place_of(script: Script, function: str = "upgrade") -> str:
    """Return path and line of a function of a revision."""
    code = getattr(getattr(script.module, function, None), "__code__", None)
    return place(Path(script.path), code.co_firstlineno if code else 1)


def output_of(*command: str, given: str = "") -> list[str]:
    """Return the lines that a program prints, whatever it thinks of what it finds."""
    try:
        done = subprocess.run(  # noqa: S603 (words of this folder)
            command, cwd=ROOT, input=given, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return []
    return done.stdout.splitlines()


def fork() -> str | None:
    """Return the commit at which this branch left the main one. None if nobody knows."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if found := output_of("git", "merge-base", branch, "HEAD"):
            return found[0]
    return None
