"""Which changes of models a project notices: all but those that it says it does not.

Each change of sensitivity/changes.py is made in a project, on its real database.
"""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from cells import Cell
from installed import Installed
from projects import Project

HERE = str(Path(__file__).parent)
# What a database does not have is the same before and after.
UNKNOWN = {
    "sqlite": {
        "autoincrement",
        "comment of a column",
        "comment of a table",
        "digits of seconds",
        "time zone",
    },
    "postgresql": set[str](),
    "mysql": {"condition of an index", "time zone"},
}


@pytest.mark.cells(
    Cell("sqlite", "none", "sync"),
    Cell("postgresql", "none", "sync"),
    Cell("mysql", "none", "sync"),
)
def test_changes_are_noticed(cell: Cell, installed: Installed) -> None:
    project = installed(cell, example=False)
    probed = replace(project, variables={**project.variables, "PYTHONPATH": HERE})
    python = str(project.path / ".venv/bin/python")
    printed = probed.run(python, "-m", "sensitivity.probe")
    results = json.loads(printed.splitlines()[-1])
    assert len(results) >= 32 + len(UNKNOWN[cell.database])
    unchanged = {kind: result["false"] for kind, result in results.items()}
    assert not any(unchanged.values()), unchanged

    unknown = {kind for kind, result in results.items() if not result["gate"]}
    assert unknown == UNKNOWN[cell.database], "the gate misses other changes"
    missed = {kind for kind, result in results.items() if not result["alembic"]}
    assert missed - unknown == listed(project)


def listed(project: Project) -> set[str]:
    """Return the changes that `alembic check` misses, by CONVENTIONS.md: a few lines."""
    text = (project.path / "CONVENTIONS.md").read_text("utf-8")
    table = text.split("| what changes |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (.+?) \| it|^\| (.+?) \| only", table, re.MULTILINE)
    assert 0 < len(rows) <= 4
    return {kind for row in rows for kind in "".join(row).split(", ")}
