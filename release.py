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


def problem(version: str) -> str | None:
    """Tell why the version cannot be tagged; None when it can."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        return f"VERSION cannot be {version!r}: use three numbers, as in 1.0.0"
    if git("status", "--porcelain"):
        return "commit everything first"
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
        print(f"v{version} is tagged. To publish it: git push origin HEAD v{version}")


if __name__ == "__main__":
    main(*sys.argv[1:] or [""])
