"""Running what is in scenarios/ in the environment of a rendered project."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jinja2
from cells import Cell
from conftest import ROOT
from projects import Project

FAULTS = Path(__file__).with_name("scenarios")
PATIENCE = 120  # seconds: what hangs fails
UNASYNC = (
    '{% from "hooks/unasync.jinja" import unasync with context %}'
    "{% call unasync() %}{{ source }}{% endcall %}"
)
# Not translated, but the same in both styles; or for one only.
AS_THEY_ARE = {"__init__.py", "proxy.py", "tasks.py", "threads.py"}
ONLY_ASYNC = {"await_points.py", "cancelled.py", "modelled.py", "tasks.py"}


@dataclass(frozen=True)
class Inside:
    """A project, and a folder with what is in scenarios/ in the project's style."""

    project: Project
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def test(self, *modules: str) -> None:
        """Run the tests of modules; all of them have to pass."""
        configuration = f"-c{self.project.path / 'pyproject.toml'}"
        plugins = ("-pfaults.fixtures", "-pno:cacheprovider")
        paths = (str(self.folder / "faults" / f"{module}.py") for module in modules)
        python = (str(self.python), "-m", "pytest", configuration)
        options = (*plugins, "--durations=5")
        printed = self.project.run(*python, *options, *paths, timeout=PATIENCE)
        assert "skipped" not in printed, printed
        print(printed)

    def test_with(self, package: str, module: str) -> None:
        """Run the tests of a module that needs a package besides the project's."""
        uv = ("uv", "run", "--with", package, "python", "-m", "pytest")
        options = (f"-c{self.project.path / 'pyproject.toml'}", "-pfaults.fixtures")
        path = str(self.folder / "faults" / f"{module}.py")
        print(self.project.run(*uv, *options, "-pno:cacheprovider", "-s", path))

    def start(self, module: str, *arguments: object) -> subprocess.Popen[str]:
        """Start a module as a script."""
        process = subprocess.Popen(
            [self.python, "-m", f"faults.{module}", *map(str, arguments)],
            cwd=self.folder,
            env=self.project.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.started.append(process)
        return process

    @property
    def python(self) -> Path:
        """The Python of the project's environment."""
        return self.project.path / ".venv/bin/python"


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a script; return what it printed in the end."""
    printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, printed
    report: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return report


@contextmanager
def inside(cell: Cell, project: Project, folder: Path, url: str) -> Iterator[Inside]:
    """Write scenarios/ to a folder, for a project and a database."""
    translate(folder / "faults", is_async=cell.concurrency == "async")
    variables = {**project.variables, "DATABASE_URL": url, "PYTHONPATH": str(folder)}
    inside = Inside(replace(project, variables=variables), folder)
    yield inside
    for process in inside.started:
        with process:  # which waits for it
            process.kill()


def translate(folder: Path, *, is_async: bool) -> None:
    """Write what is in scenarios/ in the style of a project."""
    folder.mkdir()
    for path in FAULTS.glob("*.py"):
        if path.name in ONLY_ASYNC and not is_async:
            continue
        source = path.read_text("utf-8")
        if path.name not in AS_THEY_ARE:
            source = written_for(source, is_async=is_async)
            if not is_async:
                source = source.replace("from .tasks import", "from .threads import")
        (folder / path.name).write_text(source, "utf-8")


def written_for(source: str, *, is_async: bool) -> str:
    """Code that was written for async, in the style of a project."""
    template = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT),
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    ).from_string(UNASYNC)
    return template.render(source=source, is_async=is_async)
