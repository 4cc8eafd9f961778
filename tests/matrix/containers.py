"""A rendered project's image, built and run without Docker: each instruction is a step.

A folder stands for the root of the image, and holds what the instructions put there. Users
are not made: where the tests are root, commands of the image run as its user if they can.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PYTHON = str(Path(sys.executable).resolve())
# Whether another user may be taken on, and could run our Python.
OTHERS = os.geteuid() == 0 and all(
    folder.stat().st_mode & 0o001 for folder in Path(PYTHON).parents
)
PLACES = re.compile(r"(?<![\w.])/(app|data)\b")


@dataclass
class Image:
    """What is in an image, and what it says about running it."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    says: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """What runs in it by default."""
        return list(map(str, json.loads(self.says["CMD"])))

    @property
    def health(self) -> list[str]:
        """What tells whether that is alive."""
        return list(map(str, json.loads(self.says["HEALTHCHECK"].removeprefix("CMD "))))

    def start(
        self, command: list[str], variables: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Start a command with nothing but what the image and these variables give."""
        given = {"HOME": str(self.root), **self.environment, **variables}
        return subprocess.Popen(
            # The program is found on the PATH of the image.
            ["/usr/bin/env", *command],
            cwd=self.root / "app",
            env=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=int(self.says["USER"]) if OTHERS else None,
        )

    def run(self, command: list[str], variables: Mapping[str, str]) -> str:
        """Run a command to its end; return what it prints."""
        process = self.start(command, variables)
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0, f"{command}\n{printed}"
        return printed


def instructions(dockerfile: Path) -> Iterator[tuple[str, str]]:
    """Yield each instruction: its word, and what follows."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text("utf-8"), flags=re.MULTILINE)
    for line in filter(None, text.replace("\\\n", " ").splitlines()):
        word, rest = line.split(maxsplit=1)
        yield word, rest


def built(context: Path, root: Path) -> Image:
    """Build the image of a project. The first stage is left in `root/build`."""
    root.chmod(0o755)
    subprocess.run([PYTHON, "-m", "venv", root / "tools"], check=True)
    image = Image(root)
    for word, rest in instructions(context / "Dockerfile"):
        if word == "FROM":
            image = _next_stage(image)
        elif word == "COPY":
            _copy(image, context, shlex.split(rest))
        elif word == "ENV":
            pairs = (pair.split("=", 1) for pair in shlex.split(rest))
            image.environment |= {
                name: _placed(image, value).replace("$PATH", os.environ["PATH"])
                for name, value in pairs
            }
        elif word == "RUN":
            _run(image, rest)
        else:
            image.says[word] = rest
    return image


def _next_stage(image: Image) -> Image:
    app = image.root / "app"
    if app.exists():
        app.rename(image.root / "build")
    app.mkdir()
    return Image(image.root)


def _copy(image: Image, context: Path, words: list[str]) -> None:
    app = image.root / "app"
    *sources, target = words
    if sources[0] == "--from=build":
        sources = [source.removeprefix("/app/") for source in sources[1:]]
        context = image.root / "build"
    for source in sources:
        into = app / source if target == "./" else app / target
        if (context / source).is_dir():
            ignored = (
                shutil.ignore_patterns("__pycache__")
                if context.name != "build"
                else None
            )
            shutil.copytree(context / source, into, symlinks=True, ignore=ignored)
        else:
            shutil.copy(context / source, into)


def _run(image: Image, command: str) -> None:
    """Run a step of the build, with the tools that it has installed."""
    if command.startswith("useradd"):
        return
    command = re.sub(r"^--mount=\S+\s+", "", command).replace("--owner=app ", "")
    own = {
        name: image.environment[name]
        for name in image.environment
        if name != "UV_CACHE_DIR"
    }
    path = f"{image.root / 'tools/bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _placed(image, command)],
        cwd=image.root / "app",
        env={**os.environ, "UV_PYTHON": PYTHON, **own, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"RUN {command}\n{done.stdout}{done.stderr}"
    if OTHERS and (image.root / "data").exists():
        os.chown(image.root / "data", 1000, -1)


def _placed(image: Image, text: str) -> str:
    return PLACES.sub(rf"{image.root}/\1", text)
