"""The gate of a project's migrations: each of its parts fails on its fault."""

import re
import subprocess
from collections.abc import Iterator

import pytest
from installed import Installed
from plants.migrations import CELLS, FAULTS, Fault
from projects import Project


@pytest.fixture
def project(fault: Fault, installed: Installed) -> Iterator[Project]:
    """A project with a fault, which is taken out again."""
    project = installed(CELLS[fault.database], example=True)
    for path, text in fault.files.items():
        (project.path / path).write_text(text, "utf-8")
    for path, (old, new) in fault.replaced.items():
        text = (project.path / path).read_text("utf-8")
        assert old in text, f"{path} has no {old!r}"
        (project.path / path).write_text(text.replace(old, new, 1), "utf-8")
    for command in fault.commands:
        project.run(
            "git",
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.com",
            *command.split(),
        )
    yield project
    project.run("git", "switch", "--quiet", "--discard-changes", "main")
    project.run("git", "clean", "--force", "--quiet", "-x", "migrations", "src")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(
            fault, id=f"{CELLS[fault.database]}-{name}", marks=pytest.mark.cell
        )
        for name, fault in FAULTS.items()
    ],
)
def test_a_fault_is_found(fault: Fault, project: Project) -> None:
    result = subprocess.run(
        [project.path / ".venv/bin/pytest", f"conventions::{fault.rule}"],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    told = rf"^{fault.rule} {fault.found}.*; .+ \(see CONVENTIONS\.md#{fault.rule}\)$"
    assert re.search(told, result.stdout, re.MULTILINE), result.stdout[-6000:]
