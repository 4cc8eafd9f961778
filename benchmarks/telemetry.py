"""What metrics and traces cost: the same service without, with each, loaded in turns.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/telemetry.py

Every request is traced, and every span sent to a collector, which throws it away.
"""

import argparse
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import web_race
import workshop
from projects import Project
from ratios import ratio
from workshop import Cell

LIMITS = {"metrics": 0.05, "traces": 0.15}  # of the requests a second


class Collector(BaseHTTPRequestHandler):
    """Takes spans by OTLP over HTTP."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Throw away what was sent."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector() -> Iterator[str]:
    """Collect spans until the end of the block; give the endpoint."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def contestants(folder: Path, endpoint: str, values: str) -> dict[str, Project]:
    """Render and install the service three times.

    Metrics are kept in a folder, as those of several workers are.
    """
    variables = {
        "plain": {},
        "metrics": {"PROMETHEUS_MULTIPROC_DIR": values},
        "traces": {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint},
    }
    cell = Cell("postgresql", "async")
    return {
        name: replace(
            workshop.build(cell, folder / name, extras=[name] * (name != "plain")),
            variables={"SECRET_KEY": 40 * "x", **given},
        )
        for name, given in variables.items()
    }


def main() -> None:
    """Load the services in turns, and print how many requests a second each lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--folder", type=Path, default=workshop.ROOT / ".cache/bench")
    asked = parser.parse_args()
    counted: dict[str, list[float]] = {}
    with ExitStack() as stack:
        servers = stack.enter_context(workshop.servers())
        url = servers.database("postgresql", "telemetry")
        url = Cell("postgresql", "async").url(url)
        endpoint = stack.enter_context(collector())
        values = stack.enter_context(TemporaryDirectory())
        projects = contestants(asked.folder, endpoint, values)
        filled = replace(projects["plain"])
        web_race.migrate(filled, url)
        filled.run(".venv/bin/my-service", "seed", "--orders=500")
        ports = {
            name: stack.enter_context(web_race.serving(project, ("ours", "async"), url))
            for name, project in projects.items()
        }
        for _ in range(asked.rounds):
            for name in random.sample(list(ports), len(ports)):
                found = web_race.load(ports[name], asked.seconds)
                counted.setdefault(name, []).append(found["per_second"])
    for name, limit in LIMITS.items():
        lost = ratio(counted[name], counted["plain"])
        print(
            f"{name}: {1 - lost.median:.1%} fewer requests a second, at most {limit:.0%}"
        )


if __name__ == "__main__":
    main()
