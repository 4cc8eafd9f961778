"""Where a project's tests find their database: TEST_DATABASE_URL, or what Docker starts."""

import subprocess
from pathlib import Path

import pytest
from cells import Cell
from projects import Project

CELLS = [Cell("postgresql", "none", "sync"), Cell("mysql", "none", "async")]
DOCKER = """\
#!/bin/sh
[ "$1" = compose ] || exit 9
case "$2" in
    up) echo "Container database Starting" >&2; echo "$SAYS" >&2; [ -z "$SAYS" ] ;;
    port) echo "127.0.0.1:50123" ;;
esac
"""
ASK = "from tests.databases import server; print(server().render_as_string(False))"


@pytest.fixture
def project(copy: Project, tmp_path: Path) -> Project:
    """A project with a `docker` that only talks."""
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER, "utf-8")
    docker.chmod(0o755)
    path = f"{docker.parent}:/usr/bin:/bin"
    copy.variables = {**copy.variables, "PATH": path, "PYTHONPATH": "src:."}
    return copy


def server(project: Project) -> str:
    """Return the URL of the server that the tests would use."""
    return project.run(".venv/bin/python", "-c", ASK).strip()


@pytest.mark.cells(*CELLS)
def test_the_port_is_what_docker_says(project: Project) -> None:
    assert "@127.0.0.1:50123/app" in server(project)


@pytest.mark.cells(*CELLS)
def test_the_url_may_stand_in_the_env_file(cell: Cell, project: Project) -> None:
    (project.path / ".env").write_text(
        f"TEST_DATABASE_URL={cell.database}://a:b@there/c\n", "utf-8"
    )
    assert server(project).endswith("://a:b@there/c")


@pytest.mark.cells(*CELLS)
def test_what_docker_refuses_is_told(project: Project) -> None:
    refusal = "Bind for 127.0.0.1:5432 failed: port is already allocated"
    project.variables = {**project.variables, "SAYS": refusal}
    assert refusal in run_tests(project)
    project.variables = {**project.variables, "PATH": "/nowhere"}
    assert "docker does not run: No such file or directory" in run_tests(project)


def run_tests(project: Project) -> str:
    """Run a test, which needs a database; return what is said."""
    done = subprocess.run(
        [project.path / ".venv/bin/pytest", "-q", "tests/test_health.py"],
        cwd=project.path,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr
