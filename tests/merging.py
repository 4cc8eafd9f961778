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


def lost(base: str, mine: str, new: str, merged: str) -> list[str]:
    """Tell which changes of the project, or of the template, the merged file lacks.

    With each conflict resolved for the project, none of its own may be missing; with
    each resolved for the template, none of the template's.
    """
    for_project = CONFLICT.sub(r"\1", merged)
    for_template = CONFLICT.sub(r"\2", merged)
    return [
        *missing(base, mine, new, for_project),
        *missing(base, new, mine, for_template),
    ]


def missing(base: str, kept: str, other: str, merged: str) -> list[str]:
    """Tell which lines that `kept` added are not there, and which it removed are.

    Each line is counted: what the other side does to the same line widens what may be.
    """
    counted = [Counter(text.splitlines()) for text in (base, kept, other, merged)]
    found = []
    for line in set(counted[0]) | set(counted[1]):
        before, own, others, now = (count[line] for count in counted)
        least = own + min(others - before, 0)
        most = own + max(others - before, 0)
        if own > before and now < least:
            found.append(f"lost: {line}")
        if own < before and now > most:
            found.append(f"came back: {line}")
    return found


def conflicts(text: str) -> int:
    """Count the conflicts in a file."""
    return len(CONFLICT.findall(text))


def merge(base: str, mine: str, new: str) -> str:
    """Merge as git does, with Copier's markers: what an update is measured by."""
    names = ["before updating", "last update", "after updating"]
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in names]
        for file, text in zip(files, [mine, base, new], strict=True):
            file.write_text(text, "utf-8")
        labels = [word for name in names for word in ("-L", name)]
        command = ["git", "merge-file", "--stdout", *labels, *map(str, files)]
        return subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=False
        ).stdout
