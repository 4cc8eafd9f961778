"""The guide's limits of requests: each client has its own, and is told when to come again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cells import Cell
from projects import GUIDES, Project

from serving.service import served

SERVED = [Cell("postgresql", "fastapi", "async"), Cell("postgresql", "flask", "sync")]
ALLOWED = 5


@contextmanager
def limited(project: Project) -> Iterator[None]:
    """Do what the guide says, with a lower limit."""
    guide = (GUIDES / "rate-limits.md").read_text("utf-8")
    fastapi, flask = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    include, register = re.findall(r"In `main.py`, `(.+?)`", guide)
    main = project.path / "src/my_service/main.py"
    source, module = main.read_text("utf-8"), fastapi
    if "include_router" in source:
        changed = source.replace("app.include_router(part.router)", include)
        changed = changed.replace(
            "\nimport typer", "\nimport typer\nfrom fastapi import Depends"
        )
    else:
        module, call = flask, "app.register_blueprint(part.blueprint)"
        changed = source.replace(call, f"{register}\n        {call}")
    assert changed != source
    python = str(project.path / ".venv/bin/python")
    project.run("uv", "pip", "install", "--quiet", "--python", python, "limits")
    try:
        lower = module.replace("100/minute", f"{ALLOWED}/hour")
        main.with_name("limiting.py").write_text(lower, "utf-8")
        main.write_text(changed.replace(", logs,", ", limiting, logs,", 1), "utf-8")
        project.run(".venv/bin/mypy", "src")
        # An application for each test, as many as there are.
        project.run("uv", "run", "--no-sync", "pytest", "-q", "tests/test_health.py")
        yield
    finally:
        project.run("git", "checkout", "--quiet", "src")
        project.run("git", "clean", "--force", "--quiet", "src")


@pytest.mark.cells(*SERVED)
def test_each_client_is_told_when_to_come_again(shop: Project) -> None:
    with limited(shop), served(shop, 1) as service:
        for _ in range(ALLOWED):
            service.call("GET", "/products", 200)
        answer = service.client.get("/products")
        assert answer.status_code == 429
        assert answer.json()["code"] == "http_429"
        assert answer.json()["detail"] == "ask less often"
        assert 1 <= int(answer.headers["Retry-After"]) <= 3600
        other = {"X-Forwarded-For": "192.0.2.7"}
        service.call("GET", "/products", 200, headers=other)
        service.call("GET", "/health/ready", 200)
