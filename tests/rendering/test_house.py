"""What the repository of a public template has around its code, and that it is as it says."""

import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, Render

GITHUB = ROOT / ".github"
VERSIONING = (ROOT / "docs/versioning.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("schema", "pattern", "least"),
    [
        ("github-issue-forms", "ISSUE_TEMPLATE/[!c]*.yml", 2),
        ("github-issue-config", "ISSUE_TEMPLATE/config.yml", 1),
    ],
)
def test_forms_are_valid(schema: str, pattern: str, least: int) -> None:
    found = list(GITHUB.glob(pattern))
    assert len(found) >= least
    program = Path(sysconfig.get_path("scripts"), "check-jsonschema")
    subprocess.run([program, f"--builtin-schema=vendor.{schema}", *found], check=True)


def test_its_own_tools_are_moved() -> None:
    """Projects move theirs by the template's dependabot.yml; its schedule notices ours."""
    config = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))
    moved = {one["package-ecosystem"] for one in config["updates"]}
    assert moved == {"pip", "github-actions"}
    assert all(one["cooldown"]["default-days"] >= 7 for one in config["updates"])


def supported(name: str) -> str:
    """Return from which version on something is supported, as the page says."""
    found = re.search(rf"(?m)^\| {name} \| ([\d.]+)", VERSIONING)
    assert found, name
    return found[1]


def test_what_is_supported_is_what_is_rendered(render: Render) -> None:
    project = render(database="postgresql")
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert pyproject["project"]["requires-python"] == f">={supported('Python')}"
    requirements = " ".join(pyproject["project"]["dependencies"])
    assert re.search(rf"sqlalchemy\S*>={supported('SQLAlchemy')}[.,]", requirements)
    compose = (project / "compose.yaml").read_text("utf-8")
    newest = re.search(
        r"\| PostgreSQL \| .*; (\d+) in a project's compose.yaml", VERSIONING
    )
    assert newest
    assert f"image: postgres:{newest[1]}\n" in compose
    compose = (render(database="mysql") / "compose.yaml").read_text("utf-8")
    assert f"image: mysql:{supported('MySQL')}\n" in compose
    config = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8"))
    assert config["_min_copier_version"] == supported("Copier")
    mariadb = re.search(r"MariaDB ([\d.]+)\+", (ROOT / "README.md").read_text("utf-8"))
    assert mariadb
    assert mariadb[1] == supported("MariaDB")


@pytest.mark.parametrize(
    ("chosen", "beginning"),
    [("MIT", "MIT License"), ("Apache-2.0", "Apache License")],
)
def test_a_project_has_the_licence_that_was_chosen(
    render: Render, chosen: str, beginning: str
) -> None:
    project = render(license=chosen, project_name="Corner Shop")
    pyproject = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    assert pyproject["project"]["license"] == chosen
    text = (project / "LICENSE").read_text("utf-8")
    assert text.strip().startswith(beginning)
    assert chosen != "MIT" or "Copyright (c) the authors of Corner Shop" in text


def test_a_project_has_no_licence_by_default(render: Render) -> None:
    assert not (render() / "LICENSE").exists()
    assert "license" not in (render() / "pyproject.toml").read_text("utf-8")
