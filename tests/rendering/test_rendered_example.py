"""The examples that are kept in examples/ are what the template renders."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "examples"


def contents(folder: Path, names: list[str]) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in names}


def test_they_are_as_rendered(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "example.py", tmp_path], check=True)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.check_output(listed, cwd=KEPT, text=True).split("\0")
    kept = contents(KEPT, [name for name in names if (KEPT / name).is_file()])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    rendered = contents(
        tmp_path, [path.relative_to(tmp_path).as_posix() for path in files]
    )
    assert kept.pop("README.md")
    assert len(rendered) > 300
    changed = {name for name, content in rendered.items() if kept.get(name) != content}
    assert changed | (kept.keys() - rendered.keys()) == set(), "run `make examples`"
