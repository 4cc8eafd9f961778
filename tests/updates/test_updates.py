"""`copier update`: nothing that a user wrote is lost, and all that is new arrives."""

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import copier
import pytest
import yaml
from alembic.script import ScriptDirectory
from cells import CELLS, Cell
from copier.errors import UnsafeTemplateError

from updates.edits import GOING_ON, SRC, STARTING_AFRESH, add_a_subject
from updates.histories import commit, copy, files, git, substitute, undo, update
from updates.merging import conflicts, lost, merge

OLD, NEW = f"{SRC}/database/soft_delete.py", f"{SRC}/database/soft_deletion.py"
RENAMED = MappingProxyType({OLD: NEW})
Spoil = Callable[[Path, Path], None]

CI = {"fastapi": "github", "flask": "gitlab", "none": "github"}


def assert_nothing_is_lost(
    base: dict[str, bytes],
    mine: dict[str, bytes],
    new: dict[str, bytes],
    project: Path,
    renamed: Mapping[str, str] = RENAMED,
) -> int:
    """Compare each file with what it was, what the user made of it, and the newest.

    Returns the number of conflicts: no more than `git merge-file` has.
    """
    after, found = files(project), 0
    moved = {old: now for old, now in renamed.items() if old in mine and old not in new}
    for path in {*base, *mine, *new, *after} - {".copier-answers.yml", *moved.values()}:
        goes_to = moved.get(path, path)
        versions = [
            v.get(p)
            for v, p in zip(
                (base, mine, new, after), (path, path, goes_to, goes_to), strict=True
            )
        ]
        was, own, newest, now = versions
        if was is None and own and newest:
            was = b""  # both added it
        if was is None:
            assert now == (own or newest), f"{path}: the user's own, or a new one"
        elif own is None:
            assert now is None, f"{path} came back"
        elif newest is None:
            assert now in (None, own)
            assert now == own or own == was, f"{path} is gone with its changes"
        else:
            assert now is not None, f"{path} is gone"
            texts = was.decode(), own.decode(), newest.decode()
            assert lost(*texts, now.decode()) == [], path
            assert conflicts(now.decode()) <= conflicts(merge(*texts)), path
            found += conflicts(now.decode())
    return found


def unmerged(project: Path) -> list[str]:
    """The files that git knows to be in conflict."""
    lines = git(project, "ls-files", "--unmerged").splitlines()
    return sorted({line.split("\t")[1] for line in lines})


def whitespace_errors(project: Path) -> str:
    """What `git diff --check` prints: conflict markers are among it."""
    command = ["git", "diff", "--check"]
    return subprocess.run(
        command, cwd=project, stdout=subprocess.PIPE, text=True, check=False
    ).stdout


# --- What arrives and what stays ----------------------------------------------


@pytest.mark.parametrize("plain_cell", CELLS, ids=str)
def test_no_edit_is_lost(history: Path, tmp_path: Path, plain_cell: Cell) -> None:
    """Ten kinds of edits, those of two teams; and a project that nobody edited."""
    chosen = {**plain_cell.answers, "ci": CI[plain_cell.web]}
    project = copy(history, tmp_path / "project", version="v1.0.0", **chosen)
    base, start = files(project), git(project, "rev-parse", "HEAD").strip()
    new = files(copy(history, tmp_path / "new", version="v1.1.0", **chosen))

    update(project, version="v1.1.0")
    assert files(project) == new

    for edits in (GOING_ON, STARTING_AFRESH):
        undo(project, start)
        for edit in edits:
            edit(project)
        commit(project)
        mine = files(project)
        update(project, version="v1.1.0")
        found = assert_nothing_is_lost(base, mine, new, project)
        # Only in the file that is written in another style now.
        expected = [f"{SRC}/database/session.py"] if edits is STARTING_AFRESH else []
        assert (found, unmerged(project)) == (len(expected), expected)
        if edits is GOING_ON:
            assert len(ScriptDirectory(str(project / "migrations")).get_heads()) == 1


@pytest.fixture
def project(history: Path, tmp_path: Path) -> Path:
    """The default project of v1.0.0."""
    return copy(history, tmp_path / "project", version="v1.0.0")


def test_a_line_that_both_change_is_a_conflict_that_can_be_undone(
    project: Path,
) -> None:
    retry = project / SRC / "database/session.py"
    substitute(retry, r"stop_after_attempt\(20\)", "stop_after_attempt(7)")
    commit(project)
    update(project, version="v1.1.0")
    assert conflicts(retry.read_text("utf-8")) == 1
    assert "stop_after_attempt(7)" in retry.read_text("utf-8")
    assert unmerged(project) == [f"{SRC}/database/session.py"]
    assert f"{SRC}/database/session.py" in whitespace_errors(project)
    assert marked(project) == unmerged(project)
    undo(project)
    assert git(project, "status", "--porcelain") == ""
    assert "stop_after_attempt(7)" in retry.read_text("utf-8")
    assert marked(project) == []


def marked(project: Path) -> list[str]:
    """Return the files in which the project's hook finds marks of a conflict."""
    settings = yaml.safe_load((project / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = {hook["id"]: hook for hook in settings["repos"][0]["hooks"]}
    pattern = re.compile(hooks["conflicts"]["entry"], re.MULTILINE)
    texts = {path: content.decode() for path, content in files(project).items()}
    return [path for path, text in texts.items() if pattern.search(text)]


def test_the_command_does_the_same(
    history: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """As users run it: nothing of `quick_copier` is in that process."""

    def run(*arguments: str) -> float:
        began = children_time()
        command = [sys.executable, "-m", "copier", *arguments, "--defaults", "--quiet"]
        subprocess.run(command, cwd=tmp_path, check=True)
        return children_time() - began

    project = tmp_path / "project"
    copying = run("copy", "--vcs-ref=v1.0.0", str(history), str(project))
    commit(project)
    updating = run("update", "--vcs-ref=v1.1.0", str(project))
    assert files(project) == files(copy(history, tmp_path / "new", version="v1.1.0"))
    # Told in a report by --junit-xml; an update renders three times.
    record_property("update_took_times_a_copy", round(updating / copying, 1))


def children_time() -> float:
    times = os.times()
    return times.children_user + times.children_system


# --- Files that leave ---------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "replacement", "conflicting"),
    [
        (r"^NOT_DELETED = ", "# Ours.\nNOT_DELETED = ", False),
        (r'^"""Soft delete', '"""Hidden rows', True),
    ],
)
def test_an_edit_goes_along_with_a_renamed_file(
    history: Path,
    project: Path,
    tmp_path: Path,
    pattern: str,
    replacement: str,
    conflicting: bool,
) -> None:
    base = files(project)
    substitute(project / OLD, pattern, replacement)
    commit(project)
    mine = files(project)
    update(project, version="v1.2.0", trust=True)
    new = files(copy(history, tmp_path / "new", version="v1.2.0"))
    assert assert_nothing_is_lost(base, mine, new, project) == conflicting
    assert not (project / OLD).exists()
    assert (NEW in whitespace_errors(project)) == conflicting


def test_an_edited_file_without_successor_stays(
    history: Path, project: Path, tmp_path: Path
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(history), str(template))
    config = template / "copier.yml"
    substitute(config, r'=src/[^"]*soft_deletion.py"\]', '"]')
    substitute(config, r"- version: v1.2.0", "- version: v1.3.0")
    commit(template, tag="v1.3.0")
    substitute(
        project / ".copier-answers.yml", "^_src_path: .*", f"_src_path: {template}"
    )
    for edited in (False, True):
        if edited:
            substitute(project / OLD, r"^NOT_DELETED", "# Ours.\nNOT_DELETED")
        commit(project)
        update(project, version="v1.3.0", trust=True)
        assert (project / OLD).exists() == edited
        undo(project)


def test_an_edited_file_that_is_renamed_again_stays(project: Path) -> None:
    file = project / OLD
    edited = file.read_text("utf-8") + "\n# ours\n"
    file.write_text(edited, "utf-8")
    commit(project)
    file.unlink()
    script = Path(__file__).parents[2] / "hooks/carry.py"
    run = [sys.executable, str(script), f"{OLD}={NEW}"]
    printed = subprocess.run(
        run, cwd=project, check=True, capture_output=True, text=True
    )
    assert f"{OLD} has left the template; it is kept" in printed.stdout
    assert file.read_text("utf-8") == edited


@pytest.mark.parametrize("renamed", [False, True], ids=["leaves", "is renamed"])
def test_a_file_that_the_template_still_has_is_not_written_again(
    project: Path, renamed: bool
) -> None:
    """A version may have another file by the name of one that left or was renamed."""
    file, other = project / OLD, project / NEW
    file.write_text(file.read_text("utf-8") + "\n# ours\n", "utf-8")
    commit(project)
    merged = file.read_text("utf-8") + "\n# the template's\n"
    file.write_text(merged, "utf-8")
    shutil.copy(project / SRC / "database/soft_delete.py", other)
    substitute(other, "^\n# ours$", "")
    substitute(other, "^\n# the template's$", "")
    script = Path(__file__).parents[2] / "hooks/carry.py"
    move = f"{OLD}={NEW}" if renamed else OLD
    subprocess.run([sys.executable, str(script), move], cwd=project, check=True)
    assert file.read_text("utf-8") == merged
    assert ("# ours" in other.read_text("utf-8")) == renamed


def test_a_binary_edit_of_a_renamed_file_stays_beside_it(
    history: Path, project: Path, tmp_path: Path
) -> None:
    edited = (project / OLD).read_bytes() + b"\n# \0\n"
    (project / OLD).write_bytes(edited)
    commit(project)
    update(project, version="v1.2.0", trust=True)
    assert (project / OLD).read_bytes() == edited
    new = copy(history, tmp_path / "new", version="v1.2.0")
    assert (project / NEW).read_bytes() == (new / NEW).read_bytes()


def test_trust_is_asked_for_by_a_version_with_a_migration_script_only(
    history: Path, project: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnsafeTemplateError, match="migrations"):
        update(project, version="v1.2.0")
    assert git(project, "status", "--porcelain") == ""
    update(project, version="v1.2.0", trust=True)
    assert files(project) == files(copy(history, tmp_path / "new", version="v1.2.0"))
    commit(project)
    update(project, version="v1.2.0", web="none")


# --- What is refused ----------------------------------------------------------


def make_dirty(project: Path, template: Path) -> None:
    (project / "notes.txt").write_text("mine")


def forget_git(project: Path, template: Path) -> None:
    shutil.rmtree(project / ".git")


def delete_answers(project: Path, template: Path) -> None:
    (project / ".copier-answers.yml").unlink()
    commit(project)


def edit_answers(project: Path, template: Path) -> None:
    answers = project / ".copier-answers.yml"
    substitute(answers, "^database: sqlite", "database: postgresql")
    commit(project)


def need_a_newer_copier(project: Path, template: Path) -> None:
    substitute(
        template / "copier.yml",
        r'^_min_copier_version: ".*"',
        '_min_copier_version: "99.0"',
    )
    commit(template, tag="v1.9.0")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (make_dirty, "Destination repository is dirty; cannot continue. Please commit"),
        (forget_git, "Updating is only supported in git-tracked subprojects."),
        (delete_answers, "Cannot update because cannot obtain old template references"),
        (edit_answers, "Undo what was edited by hand in .copier-answers.yml, and run"),
        (need_a_newer_copier, "This template requires Copier version >= 99.0"),
    ],
)
def test_an_impossible_update_changes_nothing(
    history: Path, tmp_path: Path, spoil: Spoil, sentence: str
) -> None:
    template = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(history), str(template))
    project = copy(template, tmp_path / "project", version="v1.0.0")
    spoil(project, template)
    before = everything(project)
    command = [sys.executable, "-m", "copier", "update", "--trust", "--defaults"]
    told = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False
    )
    assert told.returncode != 0
    assert sentence in told.stderr.splitlines()[-1], told.stderr
    if (
        spoil is not delete_answers
    ):  # which Copier itself takes for a mistake of its own
        assert "Traceback" not in told.stderr
    assert everything(project) == before


def everything(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_the_answers_may_have_been_edited_before_there_was_a_checksum(
    project: Path,
) -> None:
    substitute(project / ".copier-answers.yml", r"^_checksum: .*\n", "")
    commit(project)
    update(project, version="v1.1.0")
    assert "_checksum: " in (project / ".copier-answers.yml").read_text()


# --- Where a project lives ----------------------------------------------------


def test_an_update_in_a_monorepo_is_undone_without_the_work_beside_it(
    history: Path, tmp_path: Path
) -> None:
    """By the command that is printed after the update, and in the README."""
    beside, project = tmp_path / "README.md", tmp_path / "services/a"
    beside.write_text("ours\n")
    commit(tmp_path)
    copier.run_copy(str(history), project, vcs_ref="v1.0.0", defaults=True, quiet=True)
    retry = project / SRC / "database/session.py"
    substitute(retry, r"stop_after_attempt\(20\)", "stop_after_attempt(7)")
    commit(tmp_path)
    before = everything(project)
    beside.write_text("ours, not committed\n")
    (tmp_path / "new.md").write_text("not committed either\n")
    printed = message_after_update(project, version="v1.1.0")
    assert unmerged(project) == [f"{SRC}/database/session.py"]
    (undo,) = re.findall(r"^ +(git restore .*)$", printed, re.MULTILINE)
    assert f"| `{undo}` |" in (project / "README.md").read_text("utf-8")
    subprocess.run(["bash", "-c", undo], cwd=project, check=True)
    assert everything(project) == before
    assert beside.read_text() == "ours, not committed\n"
    assert (tmp_path / "new.md").exists()


def test_git_of_windows_makes_no_conflicts(history: Path, tmp_path: Path) -> None:
    """It checks files out with CRLF where nothing forbids it, as by default there."""
    origin = copy(history, tmp_path / "origin", version="v1.0.0")
    project = tmp_path / "project"
    convert = ["-c", "core.autocrlf=true"]
    git(tmp_path, *convert, "clone", "--quiet", str(origin), str(project))
    git(project, "config", "core.autocrlf", "true")
    substitute(project / SRC / "database/session.py", r'^"""', '"""Ours. ')
    for arguments in (["add", "--all"], ["commit", "--quiet", "--message=Ours"]):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)
    update(project, version="v1.1.0")
    assert unmerged(project) == []
    new = files(copy(history, tmp_path / "new", version="v1.1.0"))
    edited = new[f"{SRC}/database/session.py"].replace(b'"""', b'"""Ours. ', 1)
    assert files(project) == {**new, f"{SRC}/database/session.py": edited}


def test_the_data_of_sqlite_is_not_committed_with_another_database(
    project: Path,
) -> None:
    (project / "app.db").write_bytes(b"customers")
    update(project, version="v1.0.0", database="postgresql")
    git(project, "add", "--all")
    assert "app.db" not in git(project, "ls-files")


# --- What goes with the example -----------------------------------------------


@pytest.mark.parametrize("web", CI)
def test_a_subject_that_is_wired_stays_when_the_example_goes(
    history: Path, tmp_path: Path, web: str
) -> None:
    project = copy(history, tmp_path / "project", version="v1.0.0", web=web)
    add_a_subject(project)
    commit(project)
    update(project, version="v1.0.0", example=False)
    assert unmerged(project) == []
    assert (project / SRC / "reviews/models.py").exists()
    assert not (project / SRC / "catalogue").exists()


# --- What is printed ----------------------------------------------------------


def message_after_update(project: Path, *, version: str, **answers: Any) -> str:
    """Update a project as users do; return what is printed at the end."""
    with contextlib.redirect_stderr(io.StringIO()) as told:
        update(project, version=version, quiet=False, **answers)
    _, found, message = told.getvalue().partition(
        " is updated, but not committed. Next:\n"
    )
    assert found, told.getvalue()
    return message


def test_what_comes_next_is_said_after_an_update(history: Path, project: Path) -> None:
    printed = message_after_update(project, version="v1.1.0")
    steps = [
        line[4:].split("  ")[0] for line in printed.splitlines() if line[:1] == " "
    ]
    assert steps == [
        "git diff --check; git ls-files -u",
        "git status",
        "uv sync",
        "uv run pytest",
        "git restore --source=HEAD --staged --worktree . && git clean -fd .",
    ]
    assert f"CHANGELOG.md of {history}" in printed
    readme = (project / "README.md").read_text("utf-8")
    assert "`git diff --check; git ls-files -u`" in readme
    for answers in ({"database": "sqlite"}, {"example": "true"}, {"web": "none"}):
        undo(project)
        printed = message_after_update(project, version="v1.1.0", **answers)
        assert ("guides/another-database.md" in printed) == ("database" in answers)
        assert "guides/without-the-example.md" not in printed
    assert "guides/another-database.md" in readme
    undo(project)
    printed = message_after_update(project, version="v1.1.0", example="false")
    assert "uv run mypy " in printed
    assert "guides/without-the-example.md" in printed
    assert "guides/without-the-example.md" in git(project, "show", "HEAD:./README.md")


# --- The checker itself -------------------------------------------------------


@pytest.mark.parametrize(
    ("merged", "told"),
    [
        ("a\nb!\nc?\n", []),
        (
            "a\n<<<<<<< before updating\nb!\n=======\nb\n>>>>>>> after updating\nc?\n",
            [],
        ),
        ("a\nb\nc?\n", ["lost: b!", "came back: b"]),
        ("a\nb!\nc\n", ["lost: c?", "came back: c"]),
        ("a\nb!\n", ["lost: c?"]),
    ],
)
def test_a_lost_line_is_noticed(merged: str, told: list[str]) -> None:
    assert sorted(lost("a\nb\nc\n", "a\nb!\nc\n", "a\nb\nc?\n", merged)) == sorted(told)


@pytest.mark.parametrize(
    ("merged", "told"),
    [
        (
            "a\n<<<<<<< before updating\n=======\nb?\n>>>>>>> after updating\nc\nb\n",
            [],
        ),
        ("a\nb?\nc\n", ["lost: b"]),
        ("a\nb?\nc\nb\nb\n", ["came back: b", "came back: b"]),
        ("a\nc\nb\n", ["lost: b?"]),
        ("a\nb\nc\nb\n", ["lost: b?", "came back: b", "came back: b"]),
        ("a\nb?\nb\n", ["lost: c", "lost: c"]),
    ],
)
def test_a_lost_line_is_noticed_beside_one_that_was_moved(
    merged: str, told: list[str]
) -> None:
    """The project moved what the template changed: a conflict, and the line elsewhere."""
    assert sorted(lost("a\nb\nc\n", "a\nc\nb\n", "a\nb?\nc\n", merged)) == sorted(told)
