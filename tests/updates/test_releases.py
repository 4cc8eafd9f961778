"""Versions: what was answered stays valid, what leaves has a script, `make release` checks."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cells import CELLS
from conftest import ROOT
from matrix.forges import jobs
from projects import UV

from updates.histories import DATA_LAYER, commit, copy, files, git, update

CELL = {str(cell): cell.answers for cell in CELLS}
# None where this is no clone: the tags that are there are all that can be tested.
RELEASED = subprocess.run(
    ["git", "tag", "--list", "v*"],
    cwd=ROOT,
    stdout=subprocess.PIPE,
    text=True,
    check=False,
).stdout.split()


@pytest.fixture(scope="session")
def releases(
    snapshot: Path, quick_copier: None, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """All released versions, or a made-up v0.0.1; and what is here, as v999.0.0."""
    past = tmp_path_factory.mktemp("releases") / "template"
    if RELEASED:
        git(ROOT, "clone", "--quiet", str(ROOT), str(past))
        for path in past.iterdir():
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(snapshot, past, dirs_exist_ok=True)
    else:
        shutil.copytree(snapshot, past)
        commit(past, tag="v0.0.1")
    commit(past, tag="v999.0.0")
    return past


@pytest.mark.parametrize("version", RELEASED or ["v0.0.1"])
@pytest.mark.parametrize("name", CELL)
def test_every_released_version_updates_to_the_newest(
    releases: Path, tmp_path: Path, name: str, version: str
) -> None:
    """Its answers are kept, and the result is as if made today."""
    project = copy(releases, tmp_path / "project", version=version, **CELL[name])
    before = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    old = files(project)
    update(project, version="v999.0.0", trust=True)
    after = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))
    private = {"_commit", "_checksum"}
    assert {name for name in before if after.get(name) != before[name]} <= private
    new = files(copy(releases, tmp_path / "new", version="v999.0.0", **given(after)))
    assert files(project) == new
    config = (releases / "copier.yml").read_text("utf-8")
    assert leaving_without_script(old, new, config) == []
    assert revisions(old) == revisions(new), "a project may have run them"


def test_ci_knows_the_released_versions() -> None:
    """Without tags the test above would compare the working tree with itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if os.environ.get("CI") and project["version"] != "0.1.0":
        assert RELEASED, "git has no tag v*: check out with fetch-depth: 0"
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    (checkout,) = [
        step
        for step in workflow["jobs"]["rest"]["steps"]
        if "actions/checkout" in step.get("uses", "")
    ]
    assert checkout["with"]["fetch-depth"] == 0


def test_the_oldest_copier_copies_and_updates(history: Path, tmp_path: Path) -> None:
    """It is what copier.yml says, and our own dependencies; older ones crash or refuse."""
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    oldest = config["_min_copier_version"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"copier>={oldest}" in project["dependencies"]
    uvx = [str(uv()), "tool", "run", "--quiet", "--from", f"copier=={oldest}", "copier"]
    path = tmp_path / "project"
    copied = [*uvx, "copy", "--quiet", "--defaults", "--vcs-ref=v1.0.0"]
    subprocess.run([*copied, str(history), str(path)], check=True)
    commit(path)
    updated = [*uvx, "update", "--quiet", "--defaults", "--vcs-ref=v1.1.0"]
    subprocess.run(updated, cwd=path, check=True)
    assert "_commit: v1.1.0" in (path / ".copier-answers.yml").read_text("utf-8")


def uv() -> Path:
    """Find uv, as `make` does."""
    return Path(shutil.which("uv", path=f"{os.environ['PATH']}:{UV}") or "uv")


def revisions(project: dict[str, bytes]) -> dict[str, bytes]:
    return {path: project[path] for path in project if "migrations/versions" in path}


def given(answers: dict[str, Any]) -> dict[str, Any]:
    return {name: answers[name] for name in answers if name[0] != "_"}


def leaving_without_script(
    old: dict[str, bytes], new: dict[str, bytes], config: str
) -> list[str]:
    """The files that a later version no longer has, and carries no changes of."""
    raw = yaml.safe_load(config).get("_migrations", [])
    carried = {
        argument.partition("=")[0].replace("{{ package_name }}", "my_service")
        for migration in raw
        for argument in migration["command"]
    }
    return sorted(old.keys() - new.keys() - carried)


def test_what_has_left_the_template_has_a_script() -> None:
    """Files of extras and of other answers, too: the test above has the defaults."""
    old = {name for version in RELEASED for name in template_files(ROOT, version)}
    now = {as_rendered(name) for name in listed(ROOT)}
    assert len(now) > 100
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    assert sorted(old - now - scripts(config)) == []


def test_what_left_a_template_is_found(history: Path) -> None:
    old, new = template_files(history, "v1.1.0"), template_files(history, "v1.2.0")
    left = f"{DATA_LAYER}/soft_delete.py"
    assert old - new == {left}
    config = yaml.safe_load((history / "copier.yml").read_text("utf-8"))
    assert left in scripts(config)
    assert any("doctor" in name for name in old), "the files of extras are looked at"


def listed(repository: Path) -> list[str]:
    names = git(repository, "ls-files", "-z", "--cached", "--others", "template")
    return [name for name in names.split("\0") if (repository / name).is_file()]


def template_files(repository: Path, version: str) -> set[str]:
    names = git(repository, "ls-tree", "-rz", "--name-only", version, "template/")
    return {as_rendered(name) for name in names.split("\0") if name}


def as_rendered(name: str) -> str:
    """Return the path of a template's file without its conditions."""
    return re.sub(r"\{%.*?%\}", "", name).removeprefix("template/")


def scripts(config: dict[str, Any]) -> set[str]:
    """Return the files whose changes a script carries over."""
    migrations = config.get("_migrations", [])
    words = [word for migration in migrations for word in migration["command"]]
    return {word.partition("=")[0] for word in words}


def test_a_file_that_leaves_needs_a_script(
    snapshot: Path, history: Path, tmp_path: Path
) -> None:
    old, new = (
        files(copy(history, tmp_path / version, version=version))
        for version in ("v1.1.0", "v1.2.0")
    )
    with_script = (history / "copier.yml").read_text("utf-8")
    without = (snapshot / "copier.yml").read_text("utf-8")
    assert leaving_without_script(old, new, with_script) == []
    assert leaving_without_script(old, new, without) == [
        "src/my_service/database/soft_delete.py"
    ]


# --- GitLab's CI tells of a newer version; GitHub's opens a pull request: test_rehearsal.py ----


def test_ci_tells_of_a_newer_version(history: Path, tmp_path: Path) -> None:
    project = copy(history, tmp_path / "project", version="v1.1.0", ci="gitlab")
    steps = jobs(project)["template"].steps
    told = [checked(project, step) for step in steps]
    assert [code for code, _ in told] == [0, 2]
    assert "1.2.0" in told[0][1]
    update(project, version="v1.2.0", trust=True)
    assert checked(project, steps[1])[0] == 0


def checked(project: Path, step: str) -> tuple[int, str]:
    """Run a step with the Copier that is here; give its code and what it says."""
    assert step.startswith("uvx copier ")
    command = [sys.executable, "-m", "copier", *step.split()[2:]]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


# --- make release -------------------------------------------------------------


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A repository in which 1.0.0 can be released."""
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.0.0"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0\n\nThe first.\n")
    commit(tmp_path)
    return tmp_path


def release(folder: Path, *arguments: str) -> tuple[int, str]:
    git(folder, "config", "user.name", "A")
    git(folder, "config", "user.email", "a@example.com")
    done = subprocess.run(
        [sys.executable, ROOT / "release.py", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_version_is_tagged_when_all_is_ready(ready: Path) -> None:
    assert release(ready, "1.0.0", "--dry-run") == (0, "")
    assert git(ready, "tag") == ""
    code, told = release(ready, "1.0.0")
    assert (code, git(ready, "tag")) == (0, "v1.0.0\n")
    assert told.endswith("git push --atomic origin HEAD v1.0.0\n")
    assert "greater than 1.0.0" in release(ready, "1.0.0")[1]


@pytest.mark.parametrize(
    ("file", "content", "version", "sentence"),
    [
        ("README.md", "", "1", "VERSION cannot be '1': use three numbers"),
        ("README.md", "", "", "VERSION cannot be ''"),
        ("README.md", "", "1.0.1", "pyproject.toml says version 1.0.0, not 1.0.1"),
        ("CHANGELOG.md", "# Changelog\n", "1.0.0", "has no section 1.0.0"),
        (
            "CHANGELOG.md",
            "## Unreleased\n\nMore.\n\n## 1.0.0\n\nA.\n",
            "1.0.0",
            "lists changes as unreleased",
        ),
        (
            "README.md",
            "uvx copier copy gh:OWNER/x\n",
            "1.0.0",
            "README.md:1:uvx copier",
        ),
        ("docs/a.md", "One.\nTODO: two\n", "1.0.0", "docs/a.md:2:TODO: two"),
    ],
)
def test_what_is_not_ready_is_not_tagged(
    ready: Path, file: str, content: str, version: str, sentence: str
) -> None:
    (ready / file).parent.mkdir(exist_ok=True)
    (ready / file).write_text(content)
    if content:
        assert "commit everything first" in release(ready, "1.0.0")[1]
    commit(ready)
    code, told = release(ready, version)
    assert (code, git(ready, "tag")) == (1, "")
    assert sentence in told
    assert len(told.splitlines()) == 1
