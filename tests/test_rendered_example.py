"""The example that is kept in examples/ is what the template renders."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder that git keeps, or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if not folder.is_relative_to(ROOT):
        command = ["find", ".", "-type", "f", "-printf", r"%P\0"]
    names = subprocess.check_output(command, cwd=folder, text=True).split("\0")
    return {name: (folder / name).read_bytes() for name in filter(None, names)}


def test_it_is_as_rendered(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "example.py", tmp_path], check=True)
    kept, rendered = contents(ROOT / "examples"), contents(tmp_path)
    assert kept.pop("README.md")
    assert len(rendered) > 100
    changed = {name for name, content in rendered.items() if kept.get(name) != content}
    assert changed | (kept.keys() - rendered.keys()) == set(), "run `make examples`"
