"""A pytest plugin: pytest in a project, again and again, at the cost of a fork."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import forking
import pytest
from projects import Project


class Pytest:
    """Pytest in a project, by a process that has loaded all that is not the project's."""

    def __init__(self, project: Project) -> None:
        self.process = subprocess.Popen(
            [project.path / ".venv/bin/python", "-P", str(Path(forking.__file__))],
            cwd=project.path,
            env=project.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Run it; return how it ends and what it says."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        code, said = json.loads(self.process.stdout.readline())
        return int(code), str(said)


@pytest.fixture(scope="session")
def warm() -> Iterator[Callable[[Project], Pytest]]:
    """`warm(project)` gives pytest in it."""
    started: dict[Path, Pytest] = {}

    def warm(project: Project) -> Pytest:
        if project.path not in started:
            started[project.path] = Pytest(project)
        return started[project.path]

    yield warm
    for run in started.values():
        run.process.communicate()
