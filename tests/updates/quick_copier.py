"""A pytest plugin: Copier, without what it does anew for each of a thousand renders."""

import tempfile
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import copier._template
import jinja2
import pytest
from copier._main import Worker
from copier._vcs import clone

MEMORY = Path("/dev/shm")
compile_template = jinja2.Environment.compile
load_config = copier._template.load_template_config
render_string = Worker._render_string


@pytest.fixture(scope="session")
def quick_rendering() -> Iterator[None]:
    """Compile each template once for this process, and read each copier.yml once.

    Names without an expression are not rendered. Nor is git asked about the executable
    bit of each file, which matters on Windows. The results are the same, ten times sooner.
    """
    compiled: dict[Any, Any] = {}
    configs: dict[str, Any] = {}

    def compile_once(
        self: jinja2.Environment, source: Any, name: str | None = None, *rest: Any
    ) -> Any:
        if not isinstance(source, str) or any(rest[1:]):
            return compile_template(self, source, name, *rest)
        key = (type(self), source, name)
        if key not in compiled:
            compiled[key] = compile_template(self, source, name, *rest)
        return compiled[key]

    def load_once(path: Path, quiet: bool = False) -> Any:
        text = path.read_text("utf-8")
        if text not in configs:
            configs[text] = load_config(path, quiet)
        return deepcopy(configs[text])

    def render_expressions(self: Worker, string: str, *rest: Any, **more: Any) -> str:
        if "{" not in string:
            return string
        return render_string(self, string, *rest, **more)

    def answers_relpath(self: Worker) -> Path:
        return Path(self.answers_file or self.template.answers_relpath)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2.Environment, "compile", compile_once)
        patch.setattr(copier._template, "load_template_config", load_once)
        patch.setattr(Worker, "_render_string", render_expressions)
        patch.setattr(Worker, "answers_relpath", property(answers_relpath))
        patch.setattr(Worker, "_sync_git_index_executable_bit", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def quick_copier(
    quick_rendering: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Clone each version of a template once, too; folders for a moment are in memory."""

    @cache
    def clone_once(url: str, ref: str) -> str:
        return clone(url, ref, location=str(tmp_path_factory.mktemp("clone")))

    with pytest.MonkeyPatch.context() as patch:
        if MEMORY.is_dir():
            patch.setattr(tempfile, "tempdir", str(MEMORY))
        patch.setattr(
            copier._template, "clone", lambda url, ref, location: clone_once(url, ref)
        )
        yield
