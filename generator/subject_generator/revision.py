"""The revision of a subject: written by Alembic, against a database of its own."""

import re
import subprocess
import sys
from pathlib import Path

from .project import Project
from .render import uv

# Runs in the project's environment.
AUTOGENERATE = """
import argparse, os, sys
from alembic import command
from alembic.config import Config
sys.path.insert(0, ".")
from tests.databases import temporary_database

config = Config(toml_file="pyproject.toml", cmd_opts=argparse.Namespace(autogenerate=True, x=None))
with temporary_database() as url:
    os.environ["DATABASE_URL"] = url.render_as_string(hide_password=False)
    command.upgrade(config, "head")
    command.revision(config, message=sys.argv[1], autogenerate=True)
"""
APPLIED = """
import logging, sys
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

config = Config(toml_file="pyproject.toml")
script = ScriptDirectory.from_config(config)
ours = set(sys.argv[1:])
for one in script.walk_revisions():
    if one.revision not in ours and ours & set(one._all_down_revisions):
        print("followed", one.revision)
current = []
config.print_stdout = lambda text, *more: current.append(text.split()[0])
command.current(config)
for head in current:
    for one in script.iterate_revisions(head, "base"):
        if one.revision in ours:
            print("applied", one.revision)
"""
UNREAD = re.compile(r"^# Not read yet: .*\n\n", re.MULTILINE)
STEP = re.compile(r"\b(?:batch_)?op\.((?!f\(|batch_)\w+)\(")
WAIVER = "# waive: G15 (if it stops half-way, -x resume does the rest)\n"


def run(
    project: Project, code: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in the project's environment."""
    return subprocess.run(
        [uv(), "run", "--quiet", "python", "-c", code, *arguments],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )


def make(project: Project, message: str) -> list[Path]:
    """Make the revisions of what has changed; tell how, if no database answers."""
    versions = project.root / "migrations" / "versions"
    before = set(versions.glob("*.py"))
    done = run(project, AUTOGENERATE, message)
    made = sorted(set(versions.glob("*.py")) - before)
    if done.returncode or not made:
        if done.returncode:
            last = (done.stdout + done.stderr).strip().rpartition("\n")[2]
            why = re.sub(r"^[\w.]+: ", "", last)  # the class of the error
            sys.stderr.write(
                f"There is no revision yet ({why}). When that is fixed, run\n"
            )
            sys.stderr.write(f'uv run alembic revision --autogenerate -m "{message}"\n')
        return []
    for one in made:
        tidy(one, mysql=project.answers["database"] == "mysql")
    return made


def tidy(revision: Path, *, mysql: bool) -> None:
    """Take a revision of new tables for read, since nothing in it can be meant otherwise."""
    text = revision.read_text("utf-8")
    upgrade = text.partition("def upgrade")[2].partition("def downgrade")[0]
    steps = STEP.findall(upgrade)
    if set(steps) <= {"create_table", "create_index"} and "create_table" in steps:
        text = UNREAD.sub("", text)
    if mysql and len(steps) > 1:
        text = text.replace("def upgrade", f"{WAIVER}def upgrade")
    revision.write_text(text, "utf-8")


def hindrance(project: Project, revisions: list[str]) -> str | None:
    """Return why revisions cannot be taken back; None if they can."""
    ids = []
    for name in revisions:
        if (project.root / name).exists():
            text = (project.root / name).read_text("utf-8")
            ids += re.findall(r'^revision = "(\w+)"', text, re.MULTILINE)
    done = run(project, APPLIED, *ids) if ids else None
    for line in done.stdout.splitlines() if done else ():
        word, _, revision = line.partition(" ")
        if word == "followed":
            return f"the revision {revision} follows its own; take that one back first"
        if word == "applied":
            back = " or ".join(ids)
            return f"its revision {revision} has been applied; run `uv run alembic downgrade` to before {back} first"
    if done and done.returncode:
        return "no database says whether its revision has been applied: check DATABASE_URL, and that it answers"
    return None
