"""The lines of Dockerfile and compose.yaml do what they say, run without Docker."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from signal import Signals
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from cells import Cell
from installed import Installed
from projects import Project

from matrix.containers import Image, built

CELLS = [
    Cell("sqlite", "fastapi", "async"),
    Cell("postgresql", "flask", "sync"),
    Cell("mysql", "none", "async"),
    Cell("sqlite", "none", "sync"),
]


@pytest.fixture
def project(cell: Cell, installed: Installed) -> Project:
    """The project whose image it is."""
    return installed(cell, example=True)


@pytest.fixture
def image(project: Project) -> Iterator[Image]:
    """Its image, of nothing but what Dockerfile copies."""
    with TemporaryDirectory() as root:
        yield built(project.path, Path(root))


@pytest.mark.cells(*CELLS)
def test_the_image_migrates_and_runs(
    cell: Cell, project: Project, image: Image
) -> None:
    compose = project.path / "compose.yaml"
    services = (
        yaml.safe_load(compose.read_text("utf-8"))["services"]
        if compose.exists()
        else {}
    )
    migrate = services.get("migrate", {"command": ["alembic", "upgrade", "head"]})
    variables = variables_of(migrate, project)
    image.run(migrate["command"], variables)
    image.run(["alembic", "check"], variables)
    assert image.run([project.script, "ready"], variables) == "ready\n"
    if cell.served:
        serves(project, image, services["app"])
    else:
        assert "Usage" in image.run(image.command, variables)


def variables_of(service: Mapping[str, Any], project: Project) -> dict[str, str]:
    """Return the environment of a service, with the servers of the tests."""
    given = service.get("environment", {})
    return {name: project.variables.get(name, given[name]) for name in given}


def serves(project: Project, image: Image, service: dict[str, Any]) -> None:
    """Serve by the image's command, be healthy as both files ask, and stop by its signal."""
    serving = next(project.path.glob("src/*/serving.py")).read_text("utf-8")
    own_port = re.search(r"port: .* = (\d+),", serving)
    assert own_port
    assert image.says["EXPOSE"] == own_port[1]
    assert service["ports"][0].endswith(f":{own_port[1]}")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    kind, *asked = service["healthcheck"]["test"]
    assert kind == "CMD"
    checks = [
        [
            word.replace(f"127.0.0.1:{own_port[1]}/", f"127.0.0.1:{port}/")
            for word in check
        ]
        for check in (image.health, asked)
    ]
    variables = variables_of(service, project)
    process = image.start([*image.command, "--port", str(port)], variables)
    try:
        wait_until_healthy(image, checks[0], process)
        assert [code(image, check) for check in checks] == [0, 0]
        process.send_signal(Signals[image.says["STOPSIGNAL"]])
        process.communicate(timeout=15)
        assert all(code(image, check) for check in checks), (
            "a stopped service is healthy"
        )
    finally:
        process.kill()
        process.communicate()


def code(image: Image, check: list[str]) -> int:
    """Return the code with which a check of the health ends."""
    process = image.start(check, {})
    process.communicate(timeout=30)
    return process.returncode


def wait_until_healthy(
    image: Image, check: list[str], process: subprocess.Popen[str]
) -> None:
    """Wait until the service that a process is answers a check."""
    deadline = time.monotonic() + 60
    while code(image, check):
        running = process.poll() is None and time.monotonic() < deadline
        if not running:
            process.kill()
            pytest.fail(f"it is not healthy:\n{process.communicate()[0]}")
        time.sleep(0.2)
