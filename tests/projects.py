"""Working in a rendered project as its user does: in its own environment."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packages import compile_packages

# A project finds its own environment, and Python where these tests found theirs.
UNWANTED = {"VIRTUAL_ENV", "PYTHONPATH", "DATABASE_URL", "TEST_DATABASE_URL"}
GUIDES = Path(__file__).parents[1] / "docs/guides"
UV = Path(__file__).parents[1] / ".cache/uv/bin"  # where `make` puts it, if need be


@dataclass
class Project:
    """A rendered project, and the variables that its commands are run with."""

    path: Path
    script: str = "my-service"
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a command is run with."""
        inherited = {k: v for k, v in os.environ.items() if k not in UNWANTED}
        own = {
            "UV_PYTHON": str(Path(sys.executable).resolve()),
            "UV_RESOLUTION": os.environ.get("TEST_RESOLUTION", "highest"),
            "NO_COLOR": "1",
            "PATH": f"{os.environ['PATH']}:{UV}",
        }
        return {**inherited, **own, **self.variables}

    def run(self, *command: str, timeout: float = 600) -> str:
        """Run a command; what it prints is given, or told when it fails."""
        result = subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
        line = f"$ {' '.join(command)}"
        assert result.returncode == 0, f"{line} in {self.path}\n{result.stdout}"
        return result.stdout

    def find(self, tool: str, *arguments: str, given: str = "") -> list[str]:
        """Run a tool of the project; return the lines that it prints, whatever it finds."""
        done = subprocess.run(
            [str(self.path / ".venv/bin" / tool), *arguments],
            cwd=self.path,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode <= 1, done.stdout + done.stderr
        return done.stdout.splitlines()

    def install(self) -> None:
        """Install from nothing but its own pyproject.toml, as a clone of it would."""
        self.synchronize()
        self.run("git", "init", "--quiet", "--initial-branch=main")
        # The log of a server that is running stays where it is, whatever git does.
        (self.path / ".git/info/exclude").write_text(".server.log\n", "utf-8")
        self.commit("Start")

    def synchronize(self) -> None:
        """Make its environment, with the packages that it names."""
        self.run("uv", "sync", "--quiet")
        compile_packages()

    def commit(self, message: str) -> None:
        """Commit everything."""
        author = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        self.run("git", "add", "--all")
        self.run("git", *author, "commit", "--quiet", f"--message={message}")

    def run_steps(self, steps: list[str]) -> int:
        """Run the steps of a CI job; return how many of the project's tests passed."""
        passed = 0
        for step in steps:
            output = self.run("bash", "-euo", "pipefail", "-c", step)
            if summary := re.search(r"(\d+) passed", output):
                passed += int(summary.group(1))
                assert "skipped" not in output, output
        return passed
