"""The default service, rendered from this checkout: what it prints and serves."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request

from demo import OPENER, ROOT, first_answer, free_port

ORDER = {"customer_id": 1, "lines": [{"sku": "TEA-S", "quantity": 2}]}
UNKNOWN = {"customer_id": 1, "lines": [{"sku": "COCOA", "quantity": 1}]}
TEST = """\
from my_service.orders.repository import CustomerRepository


async def test_find_by_name(session) -> None:
    assert await CustomerRepository(session).find_by_name("Ada") == []
"""


class Shop:
    """A project, and what a person would do with it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        copier = (sys.executable, "-m", "copier", "copy", "--defaults", "--quiet")
        subprocess.run([*copier, "--vcs-ref=HEAD", ROOT, path], check=True)
        self.run("uv", "sync", "--quiet")
        self.run("uv", "run", "alembic", "upgrade", "head")
        self.run("uv", "run", "my-service", "seed", "--orders=20")

    def run(self, *command: str) -> str:
        """Return what a command prints in a terminal of 80 columns, whatever it ends with."""
        environment = {**os.environ, "COLUMNS": "80"}
        ended = subprocess.run(
            command,
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        return ended.stdout

    @contextmanager
    def served(self, log: Path) -> Iterator[str]:
        """Serve it, as on a terminal, and give its address."""
        port = free_port()
        environment = {**os.environ, "LOG_FORMAT": "console"}
        command = [".venv/bin/my-service", "serve", f"--port={port}"]
        with (
            log.open("w") as file,
            subprocess.Popen(
                command, cwd=self.path, env=environment, stderr=file, stdout=file
            ) as server,
        ):
            try:
                first_answer(server, f"http://127.0.0.1:{port}/health/ready")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()

    def log_of_requests(self, log: Path) -> str:
        """Place an order, and one for what is not there; return the log."""
        with self.served(log) as address:
            for order in (ORDER, UNKNOWN):
                request = Request(
                    f"{address}/orders",
                    json.dumps(order).encode(),
                    {"Content-Type": "application/json"},
                )
                with suppress(HTTPError):
                    OPENER.open(request).close()
            time.sleep(0.5)
            return f"$ uv run my-service serve\n{log.read_text('utf-8')}"

    def finding(self) -> str:
        """Write the method of the README and a test; return what pytest says."""
        readme = (ROOT / "README.md").read_text("utf-8")
        (method,) = re.findall(
            r"(?ms)^```python\n(    async def find_by_name.*?)^```", readme
        )
        repository = self.path / "src/my_service/orders/repository.py"
        last = "        return list(ids)\n"
        source = repository.read_text("utf-8")
        repository.write_text(source.replace(last, f"{last}\n{method}"), "utf-8")
        (self.path / "tests/orders/test_named.py").write_text(TEST, "utf-8")
        command = "pytest -q --show-capture=no tests/orders/test_named.py"
        printed = self.run("uv", "run", "--quiet", *command.split(), "--color=yes")
        return f"$ uv run {command}\n{printed}"
