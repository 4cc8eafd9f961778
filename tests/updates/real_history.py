"""Whether projects of four commits of this repository reach the version on disk (`make history`).

Before a first release it stands in for the versions that `test_releases.py` will update. It
takes some minutes, and all commits: so CI does not run it. What changed its name since is
carried by a script, as a release would have it.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from updates.edits import GOING_ON, STARTING_AFRESH, Edit
from updates.histories import commit, copy, files, git, undo, update
from updates.test_updates import assert_nothing_is_lost, unmerged

# The first commit that has it is the first of the present layout.
LAYOUT = "template/conventions/plugin.py"
NUMBER = 4
ANSWERS: list[dict[str, Any]] = [
    {},
    {"database": "sqlite", "web": "flask", "concurrency": "sync", "ci": "gitlab"},
    {"database": "mysql", "web": "none"},
]
STEP = """
_migrations:
  - version: v1.0.0
    command: ["{{ _copier_python }}", "{{ _copier_conf.src_path }}/hooks/carry.py", %s]
"""


def commits() -> list[str]:
    """Return some commits of the main branch, evenly spread over the present layout."""
    added = git(ROOT, "log", "--diff-filter=A", "--format=%H", "--", LAYOUT).split()
    assert added, "git has no history of the template: fetch all of it"
    log = git(ROOT, "rev-list", "--first-parent", "--reverse", f"{added[-1]}..HEAD")
    since = log.split()
    return [since[len(since) * number // NUMBER] for number in range(NUMBER)]


def rendered(path: str) -> str:
    """Return a path as a migration says it, without the condition in its name."""
    return re.sub(r"{%.*?%}", "", path.removeprefix("template/"))


def moves(template: Path, since: str) -> dict[str, str | None]:
    """Return the files that have another name since, or none."""
    there = git(template, "ls-tree", "-r", "-z", "--name-only", "HEAD", "template")
    now = {rendered(path) for path in there.split("\0")}
    options = ("--diff-filter=DR", "--find-renames", "--name-status", "-z")
    listed = git(template, "diff", *options, since, "HEAD", "--", "template")
    words, found = iter(listed.split("\0")), dict[str, str | None]()
    for status in filter(None, words):
        old = rendered(next(words))
        new = rendered(next(words)) if status[0] == "R" else None
        if old not in now:
            found[old] = new
    return found


@pytest.fixture(scope="session")
def past(
    snapshot: Path, quick_copier: None, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A clone with a tag for each of those commits, and what is on disk as v1.0.0."""
    past = tmp_path_factory.mktemp("past") / "template"
    git(ROOT, "clone", "--quiet", str(ROOT), str(past))
    for name in ("copier.yml", "hooks", "template"):
        found = past / name
        shutil.rmtree(found) if found.is_dir() else found.unlink()
    shutil.copytree(snapshot, past, dirs_exist_ok=True)
    commit(past)
    moved: dict[str, str | None] = {}
    for number, old in enumerate(commits()):
        git(past, "tag", f"v0.{number}.0", old)
        moved |= moves(past, old)
    pairs = ", ".join(json.dumps("=".join(filter(None, one))) for one in moved.items())
    with (past / "copier.yml").open("a", encoding="utf-8") as config:
        config.write(STEP % pairs)
    commit(past, tag="v1.0.0")
    return past


def try_edits(project: Path, edits: list[Edit]) -> list[str]:
    """Make those edits that fit what the project was then; return their names."""
    made = []
    for edit in edits:
        commit(project)
        try:
            edit(project)
        except AssertionError:  # the line was another one
            undo(project)
        else:
            made.append(edit.__name__)
    commit(project)
    return made


@pytest.mark.parametrize("answers", ANSWERS, ids=lambda cell: cell.get("database"))
@pytest.mark.parametrize("number", range(NUMBER))
def test_no_edit_is_lost(
    past: Path, tmp_path: Path, number: int, answers: dict[str, Any]
) -> None:
    """Ten kinds of edits, those of two teams; the conflicts are printed."""
    project = copy(past, tmp_path / "project", version=f"v0.{number}.0", **answers)
    base, start = files(project), git(project, "rev-parse", "HEAD").strip()
    new = files(copy(past, tmp_path / "new", version="v1.0.0", **answers))
    update(project, version="v1.0.0", trust=True)
    assert files(project).keys() == new.keys()
    made: list[str] = []
    for edits in (GOING_ON, STARTING_AFRESH):
        undo(project, start)
        made += try_edits(project, edits)
        mine = files(project)
        update(project, version="v1.0.0", trust=True)
        moved = {
            old: to
            for old, to in moves(past, f"v0.{number}.0").items()
            if to and old in mine and to in new
        }
        found = assert_nothing_is_lost(base, mine, new, project, moved)
        print(f"v0.{number}.0 {made}: {found} conflicts in {unmerged(project)}")
    assert len(made) >= 8, made
