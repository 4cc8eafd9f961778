"""Clones of one project, in which developers write revisions, and git brings them together."""

import json
import re
import secrets
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from projects import Project

# Each command in a process of its own that has imported everything already.
SERVER = """
import json, os, sys
sys.path[:0] = ["src", "."]
import alembic.config
import conventions.migrations.gate as gate
import conventions.revisions
import my_service.__main__ as script

def do(program, *arguments):
    if program == "alembic":
        return alembic.config.main(list(arguments))
    if program == "head":
        return conventions.revisions.write_head()
    if program == "gate":
        found = [one for rule in ("G10", "G11", "G13") for one in gate.CHECKS[rule]()]
        return print(json.dumps(found))
    sys.argv = [program, *arguments]
    script.main()

for line in sys.stdin:
    folder, variables, words = json.loads(line)
    read, write = os.pipe()
    if not (process := os.fork()):
        os.dup2(write, 1), os.dup2(write, 2), os.chdir(folder)
        os.environ.update(variables)
        code = 0
        try:
            do(*words)
        except SystemExit as ended:
            code = ended.code
        if not isinstance(code, (int, type(None))):
            print(code)
            code = 1
        sys.stdout.flush(), sys.stderr.flush(), os._exit(code or 0)
    os.close(write)
    with os.fdopen(read) as told:
        told = told.read()
    print(json.dumps([os.waitpid(process, 0)[1], told]), flush=True)
"""
REVISION = """\
\"\"\"{name}

Revision: {id}
Revises: {after}
\"\"\"

import sqlalchemy as sa
from alembic import op

revision = "{id}"
down_revision = {after!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("{name}", sa.Column("id", sa.Integer(), primary_key=True))
{more}

def downgrade() -> None:
{less}    op.drop_table("{name}")
"""


class Team:
    """A project, and the process that runs its commands in clones."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder
        self.server = subprocess.Popen(
            [project.path / ".venv/bin/python", "-c", SERVER],
            cwd=project.path,
            env=project.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the process."""
        self.server.communicate()

    def ask(self, folder: Path, words: list[str], **variables: str) -> tuple[int, str]:
        """Run a command in a clone; return how it ends and what it prints."""
        assert self.server.stdin
        assert self.server.stdout
        print(
            json.dumps([str(folder), variables, words]),
            file=self.server.stdin,
            flush=True,
        )
        code, told = json.loads(self.server.stdout.readline())
        return code, told

    def clone(self, name: str, source: Path | None = None) -> "Clone":
        """Clone the project, or another clone of it."""
        path = self.folder / name
        clone = Clone(path, self)
        quiet = ["git", "clone", "--quiet", str(source or self.project.path), str(path)]
        subprocess.run(quiet, check=True)
        if source is None:  # the first of all: it has no other
            clone.git("remote", "remove", "origin")
        return clone


@dataclass
class Clone:
    """A clone. Revisions are known by the name that their developers gave them."""

    path: Path
    team: Team
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def versions(self) -> Path:
        """Where the revisions are."""
        return self.path / "migrations/versions"

    @property
    def head(self) -> Path:
        """The file that names the head."""
        return self.path / "migrations/head"

    def git(self, *words: str, fails: bool | None = False) -> str:
        """Run git; it has to fail, or not to, unless `fails` is None."""
        who = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "core.editor=true")
        done = subprocess.run(
            ["git", *who, "-c", "advice.mergeConflict=false", *words],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if fails is not None:
            assert bool(done.returncode) == fails, done.stdout
        return done.stdout

    def run(self, command: str, *, fails: bool = False) -> str:
        """Run a command as a message names it, `uv run …` or `git …`."""
        words = shlex.split(command)
        if words[0] == "git":
            return self.git(*words[1:])
        code, told = self.team.ask(
            self.path, words[words[:2] == ["uv", "run"] and 2 :], **self.variables
        )
        assert bool(code) == fails, told
        return told

    def switch(self, branch: str, start: str = "main") -> None:
        """Begin a branch."""
        self.git("switch", "--quiet", "--create", branch, start)

    def write(self, name: str, *, index_on: str = "") -> None:
        """Write a revision as Alembic does; one that needs another fails before it."""
        index = (
            f'    op.{{}}_index("ix_{name}", "{index_on}"{{}})\n' if index_on else ""
        )
        text = REVISION.format(
            id=secrets.token_hex(6),
            after=self.head.read_text("utf-8").strip() if self.head.exists() else None,
            name=name,
            more=index.format("create", ', ["id"]'),
            less=index.format("drop", ""),
        )
        text = text.replace("'", '"').replace("Revises: None", "Revises:")
        self.versions.mkdir(exist_ok=True)
        (id_,) = re.findall("Revision: (.*)", text)
        path = self.versions / f"2026_11_28_{name}_{id_}.py"
        path.write_text(text, "utf-8")
        self.run("head")

    def commit(self, message: str = "Go on") -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)

    def add(self, *names: str, index_on: str = "") -> None:
        """Write revisions, and commit each."""
        for name in names:
            self.write(name, index_on=index_on)
            self.commit(name)

    def file(self, name: str) -> Path:
        """Return the file of a revision."""
        (path,) = self.versions.glob(f"*_{name}_*.py")
        return path

    def id(self, name: str) -> str:
        """Return the id of a revision."""
        return self.file(name).stem.rpartition("_")[2]

    def gate(self) -> list[tuple[str, str, str]]:
        """Return what the gate finds in the history."""
        found: list[tuple[str, str, str]] = json.loads(self.run("gate"))
        return found

    def go_on(self) -> None:
        """End what git is in the middle of, with all that is in the folder."""
        self.git("add", "--all")
        state = self.path / ".git"
        if (state / "rebase-merge").exists():
            self.git("rebase", "--continue", fails=None)
        else:
            self.git("commit", "--quiet", "--allow-empty", "-m", "Go on")

    def deploy(self) -> list[str]:
        """Migrate an empty database; return the revisions in their order."""
        database = self.path / "fresh.db"
        database.unlink(missing_ok=True)
        self.variables["DATABASE_URL"] = f"sqlite:///{database}"
        told = self.run("alembic upgrade head")
        return re.findall(r'Running upgrade .*?-> \w+, ([^"\n]*)', told)
