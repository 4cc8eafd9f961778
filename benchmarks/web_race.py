"""The race over HTTP: one server process each, loaded one after the other."""

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from judge import CheatError
from projects import Project

PATH = "/orders?limit=20"
ORDERS = 500
PATIENCE = 30  # seconds until a server has to answer
OWN = ("my_service.main:create_app", "--factory")
APPLICATIONS = {  # contestant and concurrency: what uvicorn serves
    ("raw psycopg", "async"): ("web_contestants.raw_psycopg:app",),
    ("raw asyncpg", "async"): ("web_contestants.raw_asyncpg:app",),
    ("ours", "async"): OWN,
    ("entities", "async"): ("web_contestants.entities:app",),
    ("advanced-alchemy", "async"): ("web_contestants.advanced:app",),
    ("raw psycopg", "sync"): ("web_contestants.raw_psycopg:app",),
    ("ours", "sync"): OWN,
    ("entities", "sync"): ("web_contestants.entities:app",),
}


@dataclass
class WebResult:
    """What was counted in each round; times are in seconds."""

    contestant: str
    concurrency: str
    per_second: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)


def race(
    projects: Mapping[str, Project], url: str, rounds: int, seconds: float
) -> list[dict[str, Any]]:
    """Let the servers of both kinds of projects race on a database with orders."""
    project = next(iter(projects.values()))
    migrate(project, url)
    project.run(".venv/bin/my-service", "seed", f"--orders={ORDERS}")
    results = {
        (name, concurrency): WebResult(name, concurrency)
        for name, concurrency in APPLICATIONS
        if concurrency in projects
    }
    with ExitStack() as stack:
        ports = {
            key: stack.enter_context(serving(projects[key[1]], key, url))
            for key in results
        }
        for _ in range(rounds):
            check(ports)
            for key in random.sample(list(ports), len(ports)):
                counted = load(ports[key], seconds)
                for name, value in counted.items():
                    getattr(results[key], name).append(value)
    return [asdict(result) for result in results.values()]


def migrate(project: Project, url: str) -> None:
    """Make the tables of the shop; from now on its commands work on this database."""
    project.variables = {"DATABASE_URL": url}
    project.run(".venv/bin/alembic", "upgrade", "head")


@contextmanager
def serving(project: Project, key: tuple[str, str], url: str) -> Iterator[int]:
    """Serve an application, by one process on the first core, and give its port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
    log = project.path / f"{key[0]}.log"
    options = ("--no-access-log", "--log-level=warning", f"--port={port}")
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [".venv/bin/python", "-m", "uvicorn", *APPLICATIONS[key], *options],
            cwd=project.path,
            env={**project.environment, "DATABASE_URL": url, "SECRET_KEY": 40 * "x"},
            stdout=output,
            stderr=output,
        )
    pin(process.pid, first=True)
    try:
        wait(process, port, log)
        yield port
    finally:
        process.terminate()
        process.wait()


def pin(process: int, *, first: bool) -> None:
    """Keep a process to the first core, or off it; where there is one core, neither."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process, cores[:1] if first else cores[1:] or cores)


def wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until a server answers. Raises CheatError when it does not."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            get(port)
        except urllib.error.HTTPError:
            time.sleep(0.2)  # until what it says is in its log
            break
        except OSError:
            time.sleep(0.1)
        else:
            return
    said = log.read_text("utf-8")[-3000:]
    raise CheatError(f"{log.stem} does not answer with success:\n{said}")


def get(port: int) -> Any:
    """Return the JSON that a server answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{PATH}", timeout=5) as answer:
        return json.load(answer)


def check(ports: Mapping[tuple[str, str], int]) -> None:
    """Raise CheatError unless all answer the same; the cursors are each one's own."""
    first: Any = None
    for key, port in ports.items():
        answer = get(port)
        answer["next_cursor"] = bool(answer["next_cursor"])
        first = first or answer
        if answer != first or len(answer["items"]) != 20:
            raise CheatError(f"{' '.join(key)} answers otherwise than the others")


def load(port: int, seconds: float) -> dict[str, float]:
    """Load a server from a process of its own. Raises CheatError when it fails."""
    script = Path(__file__).with_name("load.py")
    process = subprocess.Popen(
        [sys.executable, script, "127.0.0.1", str(port), PATH, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pin(process.pid, first=False)
    output, errors = process.communicate()
    if process.returncode:
        raise CheatError(f"a server failed under load: {errors}")
    counted: dict[str, float] = json.loads(output)
    return counted
