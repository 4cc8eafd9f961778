"""Render the template as it is on disk into examples/ (`make examples`)."""

import shutil
import sys
import tempfile
from pathlib import Path

import copier

ROOT = Path(__file__).parent
NAME = "postgresql-fastapi-async"
ANSWERS = {"database": "postgresql", "web": "fastapi", "concurrency": "async"}
ADDRESS = "gh:copier-sqlalchemy/copier-sqlalchemy"


def main(folder: Path) -> None:
    project = folder / NAME
    shutil.rmtree(project, ignore_errors=True)
    with tempfile.TemporaryDirectory() as source:
        take_template(Path(source))
        copier.run_copy(source, project, data=ANSWERS, defaults=True, quiet=True)
        answers = project / ".copier-answers.yml"
        told = answers.read_text("utf-8").replace(source, ADDRESS)
        answers.write_text(told, "utf-8")


def take_template(destination: Path) -> None:
    """Copy what Copier renders from: committed or not, and without a version."""
    caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copy(ROOT / "copier.yml", destination)
    for folder in ("hooks", "template"):
        shutil.copytree(ROOT / folder, destination / folder, ignore=caches)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples")
