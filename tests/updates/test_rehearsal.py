"""A release as it will be: tagged, pushed, copied by a stranger, updated by a pull request."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from updates.histories import DATA_LAYER, commit, files, git, rename, substitute
from updates.merging import conflicts

PACKAGE = "src/corner_shop"
OLD = f"{PACKAGE}/database/soft_delete.py"
NEW = f"{PACKAGE}/database/soft_deletion.py"
BRANCH = "template-v1.0.1"
# What the stranger writes: in a file that is renamed, in one that changes, in two that stay.
EDITS = {
    OLD: "\n# Ours: rows that are hidden.\n",
    f"{PACKAGE}/database/config.py": "\n# Ours: for the pooler.\n",
    f"{PACKAGE}/orders/checkout.py": "\n# Ours: no weekends.\n",
    "README.md": "\nOurs: ask the team first.\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rehearsal")


@pytest.fixture(scope="module")
def house(folder: Path) -> Path:
    """This repository as it is on disk, as its maintainer has it, with a remote."""
    house = folder / "house"
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("examples/"):
            (house / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, house / name)
    (house / ".venv").symlink_to(sys.prefix)
    (house / "CHANGELOG.md").write_text("# Changelog\n")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "template.git")
    commit(house)
    git(house, "rm", "--quiet", "--cached", "--ignore-unmatch", ".venv")
    (house / ".git/info/exclude").write_text(".venv\n")
    git(house, "remote", "add", "origin", str(folder / "template.git"))
    git(house, "config", "user.name", "A")
    git(house, "config", "user.email", "a@example.com")
    return house


def release(house: Path, version: str) -> None:
    """Release a version by the commands that CONTRIBUTING.md and release.py name."""
    substitute(house / "pyproject.toml", r'^version = ".*"', f'version = "{version}"')
    with (house / "CHANGELOG.md").open("a") as changes:
        changes.write(f"\n## {version}\n\nSomething changes.\n")
    commit(house, version)
    # Its tools are those of this run, and its tests are running.
    make = [
        "make",
        "--old-file=.venv/ready",
        f"VERSION={version}",
        "CHECKS=",
        "release",
    ]
    told = subprocess.check_output(make, cwd=house, text=True)
    publish = re.search(r"To publish it:\n(git push .*)", told)
    assert publish, told
    subprocess.run(publish[1].split(), cwd=house, check=True, capture_output=True)


def copier(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Copier as a stranger does, who has neither this repository nor its settings."""
    command = [sys.executable, "-m", "copier", *arguments]
    settings = {"COPIER_SETTINGS_PATH": os.devnull}
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project(house: Path, folder: Path) -> Path:
    """What a stranger made of 1.0.0, with a forge's copy of its own."""
    release(house, "1.0.0")
    address = f"git+{(folder / 'template.git').as_uri()}"
    named = "--data=project_name=Corner Shop"
    done = copier(folder, "copy", "--defaults", named, address, "project")
    assert done.returncode == 0, done.stderr
    project = folder / "project"
    for path, text in EDITS.items():
        with (project / path).open("a", encoding="utf-8") as file:
            file.write(text)
    commit(project)
    git(folder, "clone", "--quiet", "--bare", "project", "project.git")
    git(project, "remote", "add", "origin", str(folder / "project.git"))
    return project


def job(project: Path) -> tuple[str, str]:
    """The steps of the project's own CI that push a branch and ask for its merge."""
    workflow = project / ".github/workflows/weekly.yml"
    steps = yaml.safe_load(workflow.read_text("utf-8"))["jobs"]["template"]["steps"]
    update, ask = steps[-2:]
    assert (update["id"], ask["if"]) == ("update", "steps.update.outputs.branch")
    return update["run"], ask["run"]


# A forge of which only the list of its pull requests is left.
GH = """\
#!/bin/sh
case "$1 $2" in
"pr list") grep --count --line-regexp --fixed-strings -- "$4" "$REQUESTS" || true ;;
"pr create") echo "$4" >> "$REQUESTS" ;;
esac
"""


def run_job(folder: Path, name: str) -> tuple[int, str]:
    """Run them as GitHub does, in a checkout of the main branch; return their output."""
    checkout = folder / name
    git(folder, "clone", "--quiet", "--depth=1", f"file://{folder}/project.git", name)
    output = folder / f"{name}.output"
    output.touch()
    # `uvx copier` would install the newest Copier: here is the one that is tested.
    tools = folder / "tools"
    tools.mkdir(exist_ok=True)
    (tools / "uvx").write_text(f'#!/bin/sh\nexec {sys.executable} -m "$@"\n')
    (tools / "gh").write_text(GH)
    for tool in tools.iterdir():
        tool.chmod(0o755)
    (folder / "requests").touch()
    environment = {
        **os.environ,
        "PATH": f"{tools}:{os.environ['PATH']}:{ROOT}/.cache/uv/bin",
        "COPIER_SETTINGS_PATH": os.devnull,
        "GITHUB_OUTPUT": str(output),
        "REQUESTS": str(folder / "requests"),
    }
    told = ""
    for step in job(checkout):
        done = subprocess.run(
            ["bash", "-e", "-c", step],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        told = output.read_text("utf-8") + done.stderr
        if done.returncode or "branch=" not in told:
            break
        (branch,) = re.findall(r"^branch=(.*)", told, re.MULTILINE)
        environment |= {"BRANCH": branch, "MESSAGE": told}
    return done.returncode, told


def branches(folder: Path) -> list[str]:
    return git(folder / "project.git", "branch", "--format=%(refname:short)").split()


def nothing_happens_while_there_is_nothing_newer(project: Path, folder: Path) -> None:
    assert run_job(folder, "nothing")[0] == 0
    assert branches(folder) == ["main"]


def a_version_arrives_by_a_pull_request_without_trust(
    house: Path, project: Path, folder: Path
) -> None:
    """1.0.1 changes a default of a setting; the branch has it, and all edits."""
    config = house / "template" / DATA_LAYER / "config.py"
    substitute(config, r"pool_size(.*)\b5\b", r"pool_size\g<1>7")
    release(house, "1.0.1")
    code, told = run_job(folder, "updated")
    assert code == 0, told
    assert "message=To resolve: no conflicts\n" in told
    assert branches(folder) == ["main", BRANCH]
    bare = folder / "project.git"
    assert git(bare, "rev-parse", f"{BRANCH}~") == git(bare, "rev-parse", "main")
    for path, text in EDITS.items():
        assert text in git(bare, "show", f"{BRANCH}:{path}")
    changed = git(bare, "show", f"{BRANCH}:{PACKAGE}/database/config.py")
    assert re.search(r"pool_size.*\b7\b", changed)


def what_was_pushed_to_its_branch_stays(folder: Path) -> None:
    """Nor is the same request opened twice."""
    git(folder, "clone", "--quiet", "--branch", BRANCH, "project.git", "reviewed")
    commit(folder / "reviewed", "Resolve what the template changed")
    git(folder / "reviewed", "push", "--quiet", "origin", BRANCH)
    before = git(folder / "project.git", "rev-parse", BRANCH)
    code, told = run_job(folder, "again")
    assert code == 0, told
    assert git(folder / "project.git", "rev-parse", BRANCH) == before
    assert (folder / "requests").read_text().split() == [BRANCH]


def a_version_that_renames_a_file_asks_for_trust(
    house: Path, project: Path, folder: Path
) -> None:
    """1.1.0 also changes the default of a question: the old answer stays."""
    git(project, "pull", "--quiet", "origin", BRANCH)
    git(project, "push", "--quiet", "origin", "HEAD:main")
    rename(house / "template/..", "v1.1.0")
    substitute(house / "copier.yml", r"^  default: github", "  default: gitlab")
    release(house, "1.1.0")
    code, told = run_job(folder, "refused")
    assert (code != 0, "migrations" in told) == (True, True), told

    done = copier(project, "update", "--defaults", "--trust")
    assert done.returncode == 0, done.stderr
    assert f"{OLD} is {NEW} now" in done.stdout + done.stderr
    after = {path: content.decode() for path, content in files(project).items()}
    assert OLD not in after
    assert [path for path, text in after.items() if conflicts(text)] == []
    for path, text in EDITS.items():
        assert text in after[NEW if path == OLD else path]
    assert "ci: github" in after[".copier-answers.yml"]


def test_releases_reach_a_project(house: Path, project: Path, folder: Path) -> None:
    """One after the other: each step begins where the one before it ends."""
    nothing_happens_while_there_is_nothing_newer(project, folder)
    a_version_arrives_by_a_pull_request_without_trust(house, project, folder)
    what_was_pushed_to_its_branch_stays(folder)
    a_version_that_renames_a_file_asks_for_trust(house, project, folder)
