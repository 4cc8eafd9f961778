"""Tag a version, if all is ready for it (`make release VERSION=1.0.0`)."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.version import InvalidVersion, Version


def git(*arguments: str) -> str:
    """Run git, and return what it prints."""
    return subprocess.run(
        ["git", *arguments], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


PLACEHOLDER = r"\b(OWNER|TODO|FIXME|TBD)\b"
# Where such a word is no placeholder: this file, tests that plant them.
APART = [":!release.py", ":!tests"]


def placeholders() -> str:
    """Return where something still waits to be filled in: file, line, text."""
    search = ["git", "grep", "--perl-regexp", "-nI", PLACEHOLDER, "--", ".", *APART]
    done = subprocess.run(search, check=False, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def problem(version: str) -> str | None:
    """Tell why the version cannot be tagged; None when it can."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return f"VERSION cannot be {version!r}: use three numbers, as in 1.0.0"
    if git("status", "--porcelain"):
        return "commit everything first"
    if found := placeholders():
        return f"write what belongs there: {found.splitlines()[0]}"
    released = [Version(tag) for tag in git("tag").split() if is_version(tag)]
    if released and Version(version) <= max(released):
        return f"VERSION must be greater than {max(released)}, which is released"
    named = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    if named["version"] != version:
        return f"pyproject.toml says version {named['version']}, not {version}"
    changes = Path("CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## {re.escape(version)}\b.*\n+\S", changes, re.MULTILINE):
        return f"CHANGELOG.md has no section {version}: say what changes for a project"
    if re.search(r"^## Unreleased\n+[^#\s]", changes, re.MULTILINE):
        return f"CHANGELOG.md lists changes as unreleased: move them to {version}"
    return None


def is_version(tag: str) -> bool:
    """Tell whether Copier takes the tag for a version."""
    try:
        Version(tag)
    except InvalidVersion:
        return False
    return True


def main(version: str, *options: str) -> None:
    """Check the version, and unless `--dry-run` is given tag it."""
    if found := problem(version):
        sys.exit(f"error: {found}")
    if "--dry-run" not in options:
        git("tag", "--annotate", f"v{version}", f"--message=Version {version}")
        print(f"v{version} is tagged. To publish it:")
        print(f"git push --atomic origin HEAD v{version}")


if __name__ == "__main__":
    main(*sys.argv[1:] or [""])
