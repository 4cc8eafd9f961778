"""Render the template as it is on disk into examples/ (`make examples`)."""

import shutil
import sys
import tempfile
from pathlib import Path

import copier

ROOT = Path(__file__).parent
# Together they have each answer: each database, framework and style.
CELLS = ["postgresql-fastapi-async", "sqlite-flask-sync", "mysql-none-async"]
ADDRESS = "https://github.com/copier-sqlalchemy/copier-sqlalchemy"


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as source:
        take_template(Path(source))
        for cell in CELLS:
            render(source, folder / cell)


def render(source: str, project: Path) -> None:
    """Render the cell that a folder is named after; it says where the template lives."""
    shutil.rmtree(project, ignore_errors=True)
    names = ("database", "web", "concurrency")
    answers = dict(zip(names, project.name.split("-"), strict=True))
    copier.run_copy(source, project, data=answers, defaults=True, quiet=True)
    file = project / ".copier-answers.yml"
    file.write_text(file.read_text("utf-8").replace(source, ADDRESS), "utf-8")


def take_template(destination: Path) -> None:
    """Copy what Copier renders from: committed or not, and without a version."""
    caches = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copy(ROOT / "copier.yml", destination)
    for folder in ("hooks", "template"):
        shutil.copytree(ROOT / folder, destination / folder, ignore=caches)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "examples")
