"""Kubernetes and development containers: valid, and true of the service that they run."""

import json
import subprocess
import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cells import Cell
from conftest import Render
from installed import Installed
from projects import Project
from serving.service import served

CHECKER = "kubernetes-validate==1.37.0"
Manifest = dict[str, Any]


def manifests(project: Path) -> dict[str, Manifest]:
    text = (project / "kubernetes.yaml").read_text("utf-8")
    return {one["kind"]: one for one in yaml.safe_load_all(text)}


def container(manifest: Manifest) -> Manifest:
    (found,) = manifest["spec"]["template"]["spec"]["containers"]
    return dict(found)


@pytest.mark.parametrize("name", ["Corner Shop", "24/7"])
def test_the_manifest_is_valid(render: Render, tmp_path: Path, name: str) -> None:
    project = render(database="postgresql", extras=("kubernetes",), project_name=name)
    manifest = project / "kubernetes.yaml"
    # The schemas of Kubernetes weigh more than all our other tools: not in requirements.txt.
    check = ["uv", "tool", "run", "--quiet", "--from", CHECKER, "kubernetes-validate"]
    Project(tmp_path).run(*check, "--strict", str(manifest))
    spoilt = tmp_path / "spoilt.yaml"
    text = manifest.read_text("utf-8").replace("maxSurge", "maxSurges")
    spoilt.write_text(text, "utf-8")
    with pytest.raises(AssertionError, match="maxSurges"):
        Project(tmp_path).run(*check, "--strict", str(spoilt))


def test_what_it_names_is_there(render: Render) -> None:
    project = render(database="mysql", web="flask", extras=("kubernetes",))
    found = manifests(project)
    assert set(found) == {"Job", "Deployment", "Service", "PodDisruptionBudget"}
    compose = yaml.safe_load((project / "compose.yaml").read_text("utf-8"))["services"]
    job, app = container(found["Job"]), container(found["Deployment"])
    assert job["command"] == compose["migrate"]["command"]
    assert job["image"] == app["image"]
    assert found["Job"]["metadata"]["name"].endswith(job["image"].partition(":")[2])
    assert job["envFrom"] == app["envFrom"]
    dockerfile = (project / "Dockerfile").read_text("utf-8")
    assert f"EXPOSE {app['ports'][0]['containerPort']}\n" in dockerfile
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"] == labels
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert found[kind]["spec"]["selector"] == {"matchLabels": labels}
    assert found["PodDisruptionBudget"]["spec"]["minAvailable"] < 2


@pytest.mark.cells(
    Cell("postgresql", "fastapi", "async"), Cell("postgresql", "flask", "sync")
)
def test_its_probes_are_answered_whatever_hosts_are_trusted(
    cell: Cell, installed: Installed
) -> None:
    shop = installed(cell, example=True)
    shop.run("uv", "run", "alembic", "upgrade", "head")
    app = container(manifests(shop.path)["Deployment"])
    variables = {**shop.variables, "TRUSTED_HOSTS": "shop.example"}
    with served(replace(shop, variables=variables), workers=1) as service:
        stranger = {"Host": "10.0.0.7:8000"}
        assert service.client.get("/health/ready", headers=stranger).status_code == 400
        for probe in ("readinessProbe", "livenessProbe"):
            asked = app[probe]["httpGet"]
            headers = {one["name"]: one["value"] for one in asked["httpHeaders"]}
            answer = service.client.get(asked["path"], headers=headers)
            assert answer.status_code == 200, probe


def test_nothing_of_it_is_rendered_without_being_asked_for(render: Render) -> None:
    for project in (render(database="mysql"), render(extras=("kubernetes",))):
        assert not (project / "kubernetes.yaml").exists()
        assert not (project / ".devcontainer").exists()


@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_the_development_container_has_its_database(
    render: Render, database: str
) -> None:
    project = render(database=database, extras=("devcontainer",))
    folder = project / ".devcontainer"
    config = json.loads((folder / "devcontainer.json").read_text("utf-8"))
    assert "uv sync" in config["postCreateCommand"]
    assert config.get("image", "").endswith("python:3.14") == (database == "sqlite")
    files = [folder / name for name in config.get("dockerComposeFile", [])]
    assert len(files) == (0 if database == "sqlite" else 2)
    services: Manifest = {}
    for file in files:
        check_compose(file)
        services |= yaml.safe_load(file.read_text("utf-8"))["services"]
    for volume in services.get("workspace", {}).get("volumes", ()):
        source, _, mounted = volume.removesuffix(":cached").partition(":")
        # Compose looks from the folder of the first file.
        assert (files[0].parent / source).resolve() == project.resolve()
        assert mounted == config["workspaceFolder"]
    named = [config["service"], *config["runServices"]] if files else []
    assert set(named) <= set(services)
    for url in services.get("workspace", {}).get("environment", {}).values():
        assert url.startswith(database)
        assert url.endswith("@database/app")


def check_compose(file: Path) -> None:
    program = Path(sysconfig.get_path("scripts"), "check-jsonschema")
    schema = "--builtin-schema=vendor.compose-spec"
    subprocess.run([program, schema, file], check=True)


@pytest.mark.cells(Cell("sqlite", "fastapi", "async"))
def test_the_bill_of_materials_lists_what_is_installed(
    cell: Cell, installed: Installed
) -> None:
    project = installed(cell, example=True)
    workflow = (project.path / ".github/workflows/weekly.yml").read_text("utf-8")
    steps = yaml.safe_load(workflow)["jobs"]["dependencies"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert [run.split()[:2] for run in runs] == [["uv", "export"], ["uv", "audit"]]
    project.run(*runs[0].split())
    kept = [step["with"]["path"] for step in steps if "path" in step.get("with", {})]
    bill = project.path / kept[0]
    listed = json.loads(bill.read_text("utf-8"))
    bill.unlink()
    assert listed["bomFormat"] == "CycloneDX"
    names = {one["name"] for one in listed["components"]}
    assert {"sqlalchemy", "fastapi"} <= names
    assert "pytest" not in names
