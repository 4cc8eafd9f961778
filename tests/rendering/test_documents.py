"""What README.md and AGENTS.md of a project say: of settings, and of commands."""

import json
import re
import tomllib

import pytest
from cells import CELLS, EXTRAS, Cell
from conftest import Render
from projects import Project

ONE_OF_EACH = [cell for cell in CELLS if str(cell).endswith("none-sync")]
# Each database, framework and style.
EACH = [
    Cell(*each.split("-"))
    for each in (
        "postgresql-fastapi-async",
        "sqlite-flask-sync",
        "mysql-none-async",
        "mysql-none-sync",
        "sqlite-fastapi-async",
    )
]
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


@pytest.mark.parametrize("extras", [(), EXTRAS], ids=["plain", "extras"])
@pytest.mark.parametrize("answers", EACH, ids=str)
def test_the_readme_says_what_each_dependency_is_for(
    render: Render, answers: Cell, extras: tuple[str, ...]
) -> None:
    path = render(**answers.answers, extras=extras)
    project = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [re.split(r"[\[>;]", one)[0] for one in project["dependencies"]]
    readme = (path / "README.md").read_text("utf-8")
    _, _, section = readme.partition("\n## Dependencies\n")
    rows = re.findall(r"(?m)^\| ([a-z][\w, -]+) \|", section.partition("\n## ")[0])
    told = [name for row in rows[1:] for name in row.split(", ")]
    assert sorted(told) == sorted(needed)


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
