"""Edits to any line of any file of the template: an update loses none in silence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from updates.edits import SRC
from updates.histories import commit, copy, files, git, undo, update
from updates.merging import conflicts, lost, merge

CELLS = [
    {"database": "sqlite", "web": "fastapi", "concurrency": "async"},
    {"database": "postgresql", "web": "flask", "concurrency": "sync", "ci": "gitlab"},
]
PROJECTS, EDITS = 5, 50  # for each cell
# What v1.1.0 changes: here the template and the user meet.
CHANGED = [
    "README.md",
    "pyproject.toml",
    "conventions/hints.py",
    "migrations/env.py",
    f"{SRC}/database/session.py",
]
Lines = list[str]


def insert(lines: Lines, at: int, text: str) -> None:
    lines.insert(at, text)


def replace(lines: Lines, at: int, text: str) -> None:
    lines[at : at + 1] = [text]


def delete(lines: Lines, at: int, text: str) -> None:
    del lines[at]


def duplicate(lines: Lines, at: int, text: str) -> None:
    lines[at:at] = lines[at : at + 3]


def swap(lines: Lines, at: int, text: str) -> None:
    lines[at : at + 2] = reversed(lines[at : at + 2])


def indent(lines: Lines, at: int, text: str) -> None:
    lines[at : at + 3] = [f"    {line}" for line in lines[at : at + 3]]


KINDS: list[Callable[[Lines, int, str], None]] = [
    insert,
    replace,
    delete,
    duplicate,
    swap,
    indent,
]
edit = st.tuples(
    st.sampled_from(KINDS),
    st.one_of(st.sampled_from(CHANGED), st.floats(0, 1, exclude_max=True)),
    st.floats(0, 1, exclude_max=True),
    st.text("abc é☕'\"\\{}%<>=#\t", max_size=12),
)


@pytest.mark.parametrize("answers", CELLS, ids=lambda cell: cell["database"])
def test_no_random_edit_is_lost(
    history: Path, tmp_path: Path, answers: dict[str, Any]
) -> None:
    project = copy(history, tmp_path / "project", version="v1.0.0", **answers)
    start = git(project, "rev-parse", "HEAD").strip()
    base = texts(project)
    new = texts(copy(history, tmp_path / "new", version="v1.1.0", **answers))
    met = 0

    @settings(
        max_examples=PROJECTS,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(edit, min_size=EDITS, max_size=EDITS))
    def try_edits(edits: list[tuple[Any, ...]]) -> None:
        nonlocal met
        undo(project, start)
        for kind, where, at, text in edits:
            names = sorted(base)
            name = where if isinstance(where, str) else names[int(where * len(names))]
            file = project / name
            lines = file.read_text("utf-8").split("\n")
            kind(lines, int(at * len(lines)), text)
            file.write_text("\n".join(lines), "utf-8")
        commit(project)
        mine = texts(project)
        update(project, version="v1.1.0")
        now = texts(project)
        for name in base:
            versions = base[name], mine[name], new[name]
            assert lost(*versions, now[name]) == [], name
            # Copier applies a patch first, which has fewer conflicts than git's merge.
            merged = merge(*versions)
            assert now[name] == merged or conflicts(now[name]) < conflicts(merged), name
            met += conflicts(now[name])
        assert {name: now[name] for name in now.keys() - base} == {
            name: new[name] for name in new.keys() - base
        }

    try_edits()
    assert met, "the edits are too far from what the template changes"


def texts(project: Path) -> dict[str, str]:
    found = {name: content.decode() for name, content in files(project).items()}
    del found[".copier-answers.yml"]
    return found
