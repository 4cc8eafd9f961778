"""What README.md and AGENTS.md of a project say: of settings, and of commands."""

import json
import re

import pytest
from cells import CELLS, Cell
from projects import Project
from serving.service import served

ONE_OF_EACH = [cell for cell in CELLS if str(cell).endswith("none-sync")]
DEFAULTS = """
import json
from my_service.settings import Settings

fields = Settings.model_fields
told = {n: f.default for n, f in fields.items() if f.default_factory is None}
plain = {n: d for n, d in told.items() if isinstance(d, int | float | str)}
print(json.dumps([sorted(fields), plain]))
"""


@pytest.mark.cells(*ONE_OF_EACH)
def test_the_readme_says_each_setting_and_its_default(
    cell: Cell, copy: Project
) -> None:
    (line,) = copy.find("python", "-c", DEFAULTS)
    names, defaults = json.loads(line)
    readme = (copy.path / "README.md").read_text("utf-8")
    _, _, section = readme.partition("\n## Settings\n")
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (.*?) ?\|", section.partition("\n## ")[0], re.MULTILINE
    )
    said = {name.lower(): default for name, default in rows}
    assert sorted(said) == names
    assert len(defaults) > 5
    for name, default in defaults.items():
        told = said[name].strip("`")
        if isinstance(default, bool | str):
            assert told.lower() == str(default).lower(), name
        else:
            assert float(told) == default, name


@pytest.mark.cells(*ONE_OF_EACH)
def test_the_commands_for_agents_are_those_of_the_readme(
    cell: Cell, copy: Project
) -> None:
    """Those that the README does not have select some tests."""
    readme = (copy.path / "README.md").read_text("utf-8")
    agents = (copy.path / "AGENTS.md").read_text("utf-8")
    (block,) = re.findall(r"```bash\n(.*?)```", agents, flags=re.DOTALL)
    commands = [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]
    assert len(commands) > 5
    for command in commands:
        if not re.search(rf"(`|\n){re.escape(command)}(`|\n)", readme):
            tool, *arguments = command.removeprefix("uv run ").split()
            if tool == "new_subject.py":
                continue  # tests of subjects run it
            assert tool == "pytest", command
            collected = copy.find("pytest", "--collect-only", "-q", *arguments)
            assert re.search(r"[1-9]\d*(/\d+)? tests", collected[-1]), command


# What the README leaves out of its subject.
HEADS = {
    "models": """
from sqlalchemy.orm import Mapped

from ..database import Base, IntegerKey, Str200, Timestamps
""",
    "repository": """
from ..database import Repository
from .models import Note
""",
    "schemas": """
from pydantic import BaseModel, ConfigDict

from ..schemas import Id, Text200


class NoteCreate(BaseModel):
    text: Text200


class NoteRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: Id
    text: Text200
""",
    "fastapi": """
from fastapi import APIRouter

from ..web import RequestSession
from .models import Note
from .repository import NoteRepository
from .schemas import NoteCreate, NoteRead

router = APIRouter()
""",
    "flask": """
from flask import Blueprint, Response

from ..operations import operation
from ..web import answer, request_session
from .models import Note
from .repository import NoteRepository
from .schemas import NoteCreate, NoteRead

blueprint = Blueprint("notes", __name__)
""",
    "none": """
from functools import partial

import typer

from ..commands import run_command
from ..database import Sessions, unit_of_work
from .models import Note
from .repository import NoteRepository

cli = typer.Typer()
""",
}


@pytest.mark.cells(*(cell for cell in CELLS if cell.database == "sqlite"))
def test_the_subject_of_the_readme_works(cell: Cell, copy: Project) -> None:
    readme = (copy.path / "README.md").read_text("utf-8")
    section = readme.split("\n## A subject\n")[1]
    code = section.split("```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 25
    _, *parts = re.split(r"(?m)^# (\w+)\.py\n", code)
    modules = dict(zip(parts[::2], parts[1::2], strict=True))
    called = "routes" if cell.served else "commands"
    assert list(modules) == ["models", "repository", called]

    source = copy.path / "src/my_service"
    (source / "notes").mkdir()
    (source / "notes/__init__.py").touch()
    if cell.served:
        modules["schemas"] = ""
    for name, body in modules.items():
        head = HEADS[cell.web if name == called else name]
        (source / f"notes/{name}.py").write_text(f"{head}\n\n{body}", "utf-8")

    alembic = ("uv", "run", "alembic")
    copy.run(*alembic, "upgrade", "head")
    copy.run(*alembic, "revision", "--autogenerate", "-m", "keep notes")
    copy.run(*alembic, "upgrade", "head")
    if cell.served:
        with served(copy, workers=1) as service:
            note = service.call("POST", "/notes", 201, json={"text": "Buy tea"})
            assert note == {"id": 1, "text": "Buy tea"}
            service.call("POST", "/notes", 422, json={"text": "x" * 201})
    else:
        copy.run("uv", "run", copy.script, "add-note", "Buy tea")
