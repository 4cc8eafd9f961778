"""Whether an update lost a line: what a merge of three files may look like."""

import re
import subprocess
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

CONFLICT = re.compile(
    r"^<<<<<<< before updating\n(.*?)^=======\n(.*?)^>>>>>>> after updating\n",
    re.DOTALL | re.MULTILINE,
)
HUNK = re.compile(r"@@ -(\d+)")


def lost(base: str, mine: str, new: str, merged: str) -> list[str]:
    """Tell which changes of the project, or of the template, the merged file lacks.

    With each conflict resolved for the project, none of its own may be missing; with
    each resolved for the template, none of the template's.
    """
    by_project, by_template = Changes(base, mine), Changes(base, new)
    return [
        *missing(mine, by_project, by_template, CONFLICT.sub(r"\1", merged)),
        *missing(new, by_template, by_project, CONFLICT.sub(r"\2", merged)),
    ]


class Changes:
    """What git finds added to a text, and removed from it, with the line's number there.

    A line that was moved is both.
    """

    def __init__(self, base: str, version: str) -> None:
        self.added: Counter[str] = Counter()
        self.removed: dict[int, str] = {}
        number = 0
        for line in difference(base, version):
            sign, text = line[:1], line[1:]
            if header := HUNK.match(line):
                number = int(header[1])
            elif sign == "+":
                self.added[text] += 1
            elif sign == "-":
                self.removed[number] = text
            number += sign in "- "


def missing(kept: str, own: Changes, other: Changes, merged: str) -> list[str]:
    """Tell which lines of one side are not there, and which are without any side's doing.

    The other side may have taken only what this one left, and added only its own.
    """
    taken = Counter(
        line for number, line in other.removed.items() if number not in own.removed
    )
    counted, now = Counter(kept.splitlines()), Counter(merged.splitlines())
    return [
        *(f"lost: {line}" for line in counted - taken - now),
        *(f"came back: {line}" for line in now - counted - other.added),
    ]


def conflicts(text: str) -> int:
    """Count the conflicts in a file."""
    return len(CONFLICT.findall(text))


def merge(base: str, mine: str, new: str) -> str:
    """Merge as git does, with Copier's markers: what an update is measured by."""
    names = ["before updating", "last update", "after updating"]
    labels = [word for name in names for word in ("-L", name)]
    return git_on("merge-file", "--stdout", *labels, texts=[mine, base, new])


def difference(before: str, after: str) -> list[str]:
    """Compare two texts by the lines that `git merge-file` compares them by."""
    if before == after:
        return []
    options = ["--no-index", "--no-indent-heuristic", "--diff-algorithm=myers"]
    return git_on("diff", *options, texts=[before, after]).splitlines()[4:]


def git_on(*command: str, texts: list[str]) -> str:
    """Run git on files with these texts; return what it prints."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, str(number)) for number in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8")
        return subprocess.run(
            ["git", *command, *map(str, files)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        ).stdout
