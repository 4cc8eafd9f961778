"""Carry over what a project changed in files that a version renames or takes out.

A step of `_migrations` in copier.yml, run in the project once it is updated:
`carry.py OLD=NEW OLD=NEW OLD`, without NEW where a file has no successor.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import copier
import yaml

ANSWERS = ".copier-answers.yml"


def git(*arguments: str) -> bytes:
    """Run git, and return what it prints."""
    return subprocess.run(
        ["git", *arguments], check=True, stdout=subprocess.PIPE
    ).stdout


@contextmanager
def as_rendered() -> Iterator[Path]:
    """Render the version that the project comes from, until the end of the block."""
    answers = yaml.safe_load(git("show", f"HEAD:./{ANSWERS}"))
    with tempfile.TemporaryDirectory() as project:
        copier.run_copy(
            answers["_src_path"],
            project,
            data={name: answers[name] for name in answers if name[0] != "_"},
            vcs_ref=answers["_commit"],
            defaults=True,
            quiet=True,
        )
        yield Path(project)


def merge(path: str, base: bytes, mine: bytes) -> bool:
    """Merge the project's changes into a file, with Copier's conflict markers.

    Return whether git could: it merges no binary files.
    """
    with tempfile.TemporaryDirectory() as folder:
        names = ["before updating", "last update", "after updating"]
        files = [Path(folder, name) for name in names]
        for file, content in zip(
            files, [mine, base, Path(path).read_bytes()], strict=True
        ):
            file.write_bytes(content)
        labels = [word for name in names for word in ("-L", name)]
        merged = subprocess.run(
            ["git", "merge-file", "--stdout", *labels, *map(str, files)],
            check=False,
            stdout=subprocess.PIPE,
        )
    # It returns the number of conflicts, up to 127, or what is no number of them.
    if merged.returncode not in range(128):
        return False
    Path(path).write_bytes(merged.stdout)
    # So that `git diff --check` looks at it.
    git("add", "--intent-to-add", path)
    return True


def keep(path: str, content: bytes) -> None:
    """Write a file again, whose folder may be gone."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content)


def carry(old: str, new: str, base: bytes) -> None:
    """Carry the project's changes of one file over."""
    mine = git("show", f"HEAD:./{old}")
    if mine == base:
        return
    has_successor = bool(new) and Path(new).exists()
    if has_successor and merge(new, base, mine):
        print(f"{old} is {new} now; what was changed here is carried over.")
    elif Path(old).exists():
        return  # still a file of the template: the update has merged it
    elif has_successor:
        keep(old, mine)
        print(f"{old} is {new} now; it is kept, since git cannot merge its changes.")
    else:
        keep(old, mine)
        print(f"{old} has left the template; it is kept, since it was changed here.")


def main(moves: list[str]) -> None:
    """Carry over what the project has of these files, and did not rename or take out."""
    had = [move for move in moves if git("ls-tree", "HEAD", "--", move.split("=")[0])]
    if not had:
        return
    with as_rendered() as project:
        for move in had:
            old, _, new = move.partition("=")
            if (project / old).exists():  # else it is the project's own
                carry(old, new, (project / old).read_bytes())


if __name__ == "__main__":
    main(sys.argv[1:])
