"""Whether tests notice faults that are made in what they test (`make mutations`).

It takes half an hour, so that CI does not run it.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT
from installed import Installed
from projects import Project

from mutations.listed import MUTATIONS, Mutation

PYTEST = ".venv/bin/pytest -qx -n0 -p no:cacheprovider"
OWN = (".venv", ".cache")
passed: set[tuple[Path, str]] = set()  # tests, as they are


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of this repository, to be run with the tools of this one."""
    path = tmp_path_factory.mktemp("mutated") / "repository"
    shutil.copytree(ROOT, path, ignore=shutil.ignore_patterns(".git", *OWN))
    for name in OWN:
        (path / name).symlink_to((ROOT / name).resolve())
    return Project(path)


def fail(project: Project, tests: str) -> bool:
    """Return whether a test fails; one that takes for ever does."""
    try:
        project.run("bash", "-c", f"{PYTEST} {tests}", timeout=300)
    except (AssertionError, subprocess.TimeoutExpired):
        return True
    return False


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_it_is_noticed(
    mutation: Mutation, installed: Installed, repository: Project
) -> None:
    project = repository
    if mutation.cell:
        project = installed(mutation.cell, example=True, exhaustive=True)
    if (tests := (project.path, mutation.tests)) not in passed:
        assert not fail(project, mutation.tests), "its tests fail as they are"
        passed.add(tests)
    file = project.path / mutation.file
    text = file.read_text("utf-8")
    file.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    try:
        assert fail(project, mutation.tests), "no test fails"
    finally:
        file.write_text(text, "utf-8")
