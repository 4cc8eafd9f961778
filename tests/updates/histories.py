"""A template with a past. v1.0.0 is the working tree; v1.1.0 changes it in every way but
one: v1.2.0 renames a file, with a migration script that takes a project's changes along."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import copier
import pytest

DATA_LAYER = "src/{{ package_name }}/database"
MIGRATION = """
_migrations:
  - version: VERSION
    command: ["{{ _copier_python }}", "{{ _copier_conf.src_path }}/hooks/carry.py",
      "src/{{ package_name }}/database/soft_delete.py=src/{{ package_name }}/database/soft_deletion.py"]
"""
QUESTION = """
region:
  type: str
  help: Where does it run?
  choices: [europe, asia]
  default: europe

# --- Names for the templates"""


def git(folder: Path, *arguments: str) -> str:
    """Run git as nobody in particular; return what it prints."""
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    command = ["git", *identity, "-c", "core.autocrlf=false", *arguments]
    return subprocess.check_output(command, cwd=folder, text=True)


def commit(folder: Path, message: str = "All", tag: str | None = None) -> None:
    """Commit everything in a folder, which becomes a repository."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", f"--message={message}")
    if tag:
        git(folder, "tag", tag)


def substitute(file: Path, pattern: str, replacement: str) -> None:
    """Change the first line of a file that a pattern fits."""
    text, count = re.subn(
        pattern, replacement, file.read_text("utf-8"), count=1, flags=re.MULTILINE
    )
    assert count, f"{file.name} has no {pattern}"
    file.write_text(text, "utf-8")


def change(template: Path) -> None:
    """Make v1.1.0 of a template."""
    files = template / "template"
    data_layer = files / DATA_LAYER
    # In a module of the data layer, a check, env.py, the project's table, CI.
    substitute(
        data_layer / "session.py", r"stop_after_attempt\(20\)", "stop_after_attempt(30)"
    )
    substitute(
        files / "conventions/hints.py",
        r"its session is closed",
        "sadly, its session is closed",
    )
    substitute(
        files / "migrations/env.py", r"^settings = ", "# Read once.\nsettings = "
    )
    substitute(files / "pyproject.toml", r'"pytest>=9.1"', '"pytest>=9.1.0"')
    for ci in (".github/workflows/ci.yml", ".gitlab-ci.yml"):
        substitute(
            files / ci,
            r"- uv run alembic check|- run: uv run alembic check",
            r"\g<0> --verbose",
        )
    # A question, and a file.
    substitute(
        template / "copier.yml", r"^# --- Names for the templates", QUESTION.strip()
    )
    substitute(
        template / "hooks/names.jinja",
        r"^    'ci': .*",
        r"\g<0>" + "\n    'region': ['europe', 'asia'],",
    )
    (data_layer / "region.py").write_text(
        '"""Where this runs."""\n\nREGION = "{{ region }}"\n'
    )


def rename(template: Path, version: str = "v1.2.0") -> None:
    """Make a version of a template that renames a file."""
    data_layer = template / "template" / DATA_LAYER
    (data_layer / "soft_delete.py").rename(data_layer / "soft_deletion.py")
    substitute(data_layer / "soft_deletion.py", r'^"""Soft delete', '"""Soft deletion')
    for module in data_layer.rglob("*.py"):
        code = module.read_text("utf-8")
        module.write_text(code.replace("soft_delete import", "soft_deletion import"))
    with (template / "copier.yml").open("a", encoding="utf-8") as config:
        config.write(MIGRATION.replace("VERSION", version))


@pytest.fixture(scope="session")
def history(
    snapshot: Path, quick_copier: None, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A repository of the template with the tags v1.0.0, v1.1.0 and v1.2.0."""
    history = tmp_path_factory.mktemp("history") / "template"
    shutil.copytree(snapshot, history)
    commit(history, tag="v1.0.0")
    change(history)
    commit(history, tag="v1.1.0")
    rename(history)
    commit(history, tag="v1.2.0")
    return history


def copy(template: Path, project: Path, *, version: str, **answers: Any) -> Path:
    """Make a project of one version, in a repository of its own."""
    copier.run_copy(
        str(template),
        project,
        data=answers,
        vcs_ref=version,
        defaults=True,
        quiet=True,
        settings=copier.Settings(),
    )
    commit(project, "Start")
    return project


def update(
    project: Path,
    *,
    version: str,
    trust: bool = False,
    quiet: bool = True,
    **answers: Any,
) -> None:
    """Update a project, as `copier update --defaults` does."""
    copier.run_update(
        project,
        data=answers,
        vcs_ref=version,
        defaults=True,
        overwrite=True,
        quiet=quiet,
        unsafe=trust,
        settings=copier.Settings(),
    )


def undo(project: Path, to: str = "HEAD") -> None:
    """Undo an update that is not committed, as the README says, or go back further."""
    git(project, "reset", "--quiet", "--hard", to)
    git(project, "clean", "--force", "-d", "--quiet")


def files(project: Path) -> dict[str, bytes]:
    """The contents of a project by path, but for where its template is."""
    found = {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }
    answers = found.pop(".copier-answers.yml")
    lines = [
        line for line in answers.splitlines() if line[:4] not in (b"_src", b"_com")
    ]
    return {**found, ".copier-answers.yml": b"\n".join(lines)}
