"""Rendering: the files of a subject, formatted as the project formats."""

import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .context import context_of
from .entities import RefusedError
from .fields import Context
from .imports import with_imports
from .names import Names
from .project import Project

TEMPLATES = Path(__file__).parent / "templates"
FORMAT = (
    ("check", "--quiet", "--select=I,F401", "--fix-only", "--no-cache"),
    ("format", "--quiet", "--no-cache"),
)


def uv() -> str:
    return os.environ.get("UV", "uv")


def render(names: Names) -> dict[str, str]:
    """Return the text of each file by its path. Raises RefusedError."""
    return formatted(names.project, unformatted(names))


def unformatted(names: Names) -> dict[str, str]:
    """Return the text of each file by its path, with lines as they come."""
    project, context = names.project, context_of(names)
    source, tests = f"src/{project.package}/{names.subject}", f"tests/{names.subject}"
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    files = {
        f"{source}/__init__.py": f'"""{context["title"]}."""\n',
        f"{tests}/__init__.py": "",
    }
    moved = {"commands.py": {"Table": "rich.table"}}
    for name, template in modules(names, context):
        in_tests = template.startswith("tests/")
        code = environment.get_template(f"{template}.jinja").render(context)
        if not project.is_async:
            code = without_async(code)
        files[f"{tests if in_tests else source}/{name}"] = with_imports(
            code,
            places(names, context, tests=in_tests) | moved.get(name, {}),
            package=project.package,
            tests=in_tests,
            flask=project.web == "flask",
        )
    return files


def modules(names: Names, context: Context) -> list[tuple[str, str]]:
    """Return the modules that the subject has, and their templates."""
    found = [(f"{name}.py", name) for name in ("models", "read_models", "repository")]
    tests = ["factories", "conftest", "test_repository"]
    if any(any(one["schema"].values()) for one in context["entities"]):
        found.append(("schemas.py", "schemas"))
    if context["imported"]:
        found.append(("importing.py", "importing"))
    if context["served"]:
        found.append(("routes.py", f"{names.project.web}_routes"))
        tests.append("test_routes")
    if context["imported"] or context["listed"]:
        found.append(("commands.py", "commands"))
        tests.append("test_commands")
    return found + [(f"{name}.py", f"tests/{name}") for name in tests]


def places(names: Names, context: Context, *, tests: bool) -> dict[str, str]:
    """Return from which module the names of subjects come."""
    package, subject = names.project.package, names.subject
    own = f"{package}.{subject}." if tests else "."
    found = {"factories": "."} if tests else {}
    for entity in context["entities"]:
        name = entity["name"]
        found |= {name: f"{own}models", f"{name}Repository": f"{own}repository"}
        found |= {f"{name}Read": f"{own}read_models"}
        found |= {f"{entity['one']}_import": f"{own}importing"}
        found |= {
            f"{name}{end}": f"{own}schemas" for end in ("Create", "Update", "Query")
        }
        found |= {field["enum"]: f"{own}models" for field, _ in entity["enums"]}
        for one in entity["collections"]:
            found |= {one["table"]: f"{own}models"}
        for one in entity["children"]:
            found |= {one["name"]: f"{own}models", one["read"]: f"{own}read_models"}
    types = ("Prose", "Int", "Large", "Flag", "Moment", "Document")
    found |= dict.fromkeys(types, f"{own}schemas")
    for model in names.models.values():
        if model.name in names.used and model.name not in names.entities:
            base = f"{package}." if tests else ".."
            found[model.name] = f"{base}{model.subject}.models"
            found[f"{model.subject}_factories"] = f"..{model.subject}"
    return found


def without_async(code: str) -> str:
    """Return what is written for asyncio as the same without."""
    return re.sub(r"\basync |\bawait |\bAsync(?=Session\b)", "", code)


def formatted(project: Project, files: dict[str, str]) -> dict[str, str]:
    """Return the files as the project's own ruff formats them. Raises RefusedError."""
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for command in FORMAT:
            config = f"--config={project.root / 'pyproject.toml'}"
            ours = f"--config=lint.isort.known-first-party=['{project.package}']"
            done = subprocess.run(
                [uv(), "run", "--quiet", "ruff", *command, config, ours, folder],
                cwd=project.root,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RefusedError(
                    f"ruff does not format what was rendered: {done.stderr.strip()}"
                )
        return {name: Path(folder, name).read_text("utf-8") for name in files}
