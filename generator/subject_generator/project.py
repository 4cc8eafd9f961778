"""The project that a subject is made in: its answers, its models and its factories."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from .entities import RefusedError, snake


@dataclass(frozen=True)
class Model:
    """A model of the project that a field may refer to."""

    name: str
    subject: str
    table: str
    uuid: bool
    has_id: bool = True


@dataclass(frozen=True)
class Project:
    """A project of the template, at its root."""

    root: Path

    @cached_property
    def answers(self) -> dict[str, str]:
        """Return the answers that it was rendered with. Raises RefusedError."""
        file = self.root / ".copier-answers.yml"
        if not file.exists():
            raise RefusedError(
                "there is no .copier-answers.yml here; run this at the root of a project"
            )
        return dict(yaml.safe_load(file.read_text("utf-8")))

    @property
    def package(self) -> str:
        return self.answers["package_name"]

    @property
    def source(self) -> Path:
        return self.root / "src" / self.package

    @property
    def is_async(self) -> bool:
        return self.answers["concurrency"] == "async"

    @property
    def web(self) -> str:
        return self.answers["web"]

    @cached_property
    def models(self) -> list[Model]:
        """Return the models of every subject."""
        found = []
        for file in sorted(self.source.glob("*/models.py")):
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef) and (table := _table(node)):
                    bases = [ast.unparse(one) for one in node.bases]
                    uuid = "UUIDKey" in bases
                    has_id = uuid or "IntegerKey" in bases
                    found.append(
                        Model(node.name, file.parent.name, table, uuid, has_id)
                    )
        return found

    @cached_property
    def factories(self) -> dict[str, tuple[str, list[str]]]:
        """Return where the factory of each model is, and the models that it takes."""
        found = {}
        for file in sorted((self.root / "tests").glob("*/factories.py")):
            for node in ast.parse(file.read_text("utf-8")).body:
                if (
                    isinstance(node, ast.FunctionDef)
                    and node.returns
                    and node.args.kwarg
                ):
                    takes = [
                        ast.unparse(one.annotation)
                        for one in node.args.args
                        if one.annotation
                    ]
                    made = ast.unparse(node.returns)
                    if node.name == snake(made) and node.args.vararg is None:
                        found[made] = (file.parent.name, takes)
        return found

    def users_of(self, subject: str) -> Iterator[str]:
        """Yield the modules of others that import a subject."""
        place = rf"(?:\.{{1,2}}|{self.package}\.)"
        imports = re.compile(
            rf"^\s*(?:from {place}{subject}\b|import {self.package}\.{subject}\b"
            rf"|from (?:\.{{1,2}}|{self.package}) import .*\b{subject}\b)",
            re.MULTILINE,
        )
        for folder in ("src", "tests"):
            for file in sorted((self.root / folder).rglob("*.py")):
                if file.parent.name != subject and imports.search(
                    file.read_text("utf-8")
                ):
                    yield file.relative_to(self.root).as_posix()


def _table(node: ast.ClassDef) -> str | None:
    for one in node.body:
        if (
            isinstance(one, ast.Assign)
            and ast.unparse(one.targets[0]) == "__tablename__"
        ):
            return str(ast.literal_eval(one.value))
    return None
