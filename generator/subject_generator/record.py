"""The record of a subject: its words, and what each of its files was when it was rendered."""

import json
import re
import tomllib
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from .entities import RefusedError

HEAD = """\
# What this subject is made from. `uv run new_subject.py {subject}` renders it again: files
# that are as they were rendered are replaced, the others stay.
"""

# What the tools of migrations change in a revision that nobody has edited.
MOVED = re.compile(
    r"^(# Not read yet: .*\n\n|Revises:.*\n|down_revision = .*\n)", re.MULTILINE
)


@dataclass
class Record:
    """What is known of a subject that was rendered."""

    words: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # the digest of each


def digest(text: str) -> str:
    text = MOVED.sub("", text.replace("\r\n", "\n"))
    return sha256(text.encode()).hexdigest()[:32]


def read(file: Path) -> Record:
    """Read a record; an empty one where there is none. Raises RefusedError."""
    if not file.exists():
        return Record()
    try:
        content = tomllib.loads(file.read_text("utf-8"))
        words, files = content["words"], content["rendered"]
        if not all(isinstance(one, str) for one in [*words, *files, *files.values()]):
            raise TypeError
        return Record(list(words), dict(files))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RefusedError(
            f"{file.name}: it needs a list of texts, words, and a table, [rendered]; restore it"
        ) from None


def write(file: Path, subject: str, record: Record) -> None:
    """Write a record, as TOML whose texts are those of JSON."""
    lines = [HEAD.format(subject=subject).rstrip(), "words = ["]
    lines += [f"    {json.dumps(one)}," for one in record.words]
    lines += ["]", "", "[rendered]"]
    lines += [
        f"{json.dumps(name)} = {json.dumps(value)}"
        for name, value in sorted(record.files.items())
    ]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def is_as_rendered(root: Path, name: str, record: Record) -> bool:
    """Tell whether nobody has changed a file since it was rendered."""
    path = root / name
    return path.exists() and digest(path.read_text("utf-8")) == record.files.get(name)
