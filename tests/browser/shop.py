"""The default service, rendered from this checkout: what it prints and serves."""

import json
import os
import re
import subprocess
import sys
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
        for command in (
            ("uv", "sync", "--quiet"),
            ("uv", "run", "alembic", "upgrade", "head"),
            ("uv", "run", "my-service", "seed", "--orders=20"),
        ):
            subprocess.run(command, cwd=path, check=True)

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
        pattern = r".*answered 201.*answered 422[^\n]*"
        found = re.match(pattern, log.read_text("utf-8"), flags=re.DOTALL)
        if found is None:
            raise SystemExit("The log has no line of each order.")
        return f"$ uv run my-service serve\n{found[0]}"

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
        printed = subprocess.run(
            ["uv", "run", "--quiet", *command.split(), "--color=yes"],
            cwd=self.path,
            env={**os.environ, "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            text=True,
            check=False,  # the finding is an error
        ).stdout
        if "M11" not in printed:
            raise SystemExit("pytest has not found the planted fault.")
        return f"$ uv run {command}\n{printed}"
