"""What the template costs over Copier itself.

`copier copy` of the default project against `copier copy` of the files that it renders,
as a template without any Jinja: whole processes, interleaved, the median of the ratios.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAIRS = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ours, plain = Path(folder, "ours"), Path(folder, "plain")
        for name in ("hooks", "template"):
            shutil.copytree(ROOT / name, ours / name)
        shutil.copy(ROOT / "copier.yml", ours)
        copy(ours, plain / "template")
        # No file ends in this suffix: Copier copies them all as they are.
        settings = "_subdirectory: template\n_templates_suffix: .jinja\n"
        (plain / "copier.yml").write_text(settings, "utf-8")
        files = sum(path.is_file() for path in (plain / "template").rglob("*"))
        pairs = []
        for number in range(PAIRS):
            pair = {
                source: copy(source, Path(folder, f"{source.name}-{number}"))
                for source in sorted((ours, plain), reverse=number % 2 == 0)
            }
            pairs.append((pair[ours], pair[plain]))
        ratios = [mine / theirs for mine, theirs in pairs]
        print(f"{files} files, {PAIRS} pairs")
        print("pair      ours    plain    ratio")
        for number, ((mine, theirs), ratio) in enumerate(
            zip(pairs, ratios, strict=True), 1
        ):
            print(f"{number:4}  {mine:6.2f} s {theirs:6.2f} s   {ratio:.2f}")
        print(f"median of the ratios: {statistics.median(ratios):.2f}")


def copy(source: Path, destination: Path) -> float:
    """Copy a template with all defaults; return the seconds of the whole process."""
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet"]
    began = time.perf_counter()
    subprocess.run([*command, source, destination], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
