"""What logs, metrics and traces cost: the same service without, with each, loaded in turns.

    PYTHONPATH=tests .cache/bench/venv/bin/python benchmarks/telemetry.py

Every request is traced, and every span sent to a collector, which throws it away. Requests
for a second of the server's CPU say more than those a second where others work, too.
"""

import argparse
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import ways_to_serve
import web_race
import workshop
from ratios import ratio
from workshop import Cell

# What each is compared with, and the part of the requests that it may cost.
LIMITS = {
    "logs": ("quiet", 0.05),
    "metrics": ("logs", 0.05),
    "traces": ("logs", 0.15),
}
PATH = "/orders?limit=20"
SLICE = 0.5  # seconds: short, so that the machine is the same for all of a round
CELL = Cell("postgresql", "async")


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


def contestants(folder: Path, url: str, endpoint: str, values: str) -> dict[str, str]:
    """Render and install the service, without extras and with each; return ways to serve.

    Metrics are kept in a folder, as those of several workers are.
    """
    ways = {
        "quiet": "LOG_LEVEL=WARNING",
        "logs": "LOG_LEVEL=INFO",
        "metrics": f"PROMETHEUS_MULTIPROC_DIR={values}",
        "traces": f"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}",
    }
    for name, variables in ways.items():
        extras = [name] * (name in ("metrics", "traces"))
        project = workshop.build(CELL, folder / name, extras=extras)
        (project.path / ".env").write_text(
            f"DATABASE_URL={url}\nSECRET_KEY={40 * 'x'}\n", "utf-8"
        )
        ways[name] = f"{project.path}?{variables}"
    web_race.migrate(project, url)
    project.run(".venv/bin/my-service", "seed", "--orders=500")
    return ways


@contextmanager
def serving(ways: dict[str, str]) -> Iterator[dict[str, tuple[int, int, str]]]:
    """Serve all ways, by new processes: two of the same service differ by some percent."""
    with ExitStack() as stack:
        asked = {}
        for port, (name, way) in enumerate(ways.items(), 8810):
            process = ways_to_serve.serve(way, port)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            asked[name] = (port, process.pid, PATH)
            ways_to_serve.measure(*asked[name], 1)
        yield asked


def main() -> None:
    """Load the services in turns, and print how many requests each lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--folder", type=Path, default=workshop.ROOT / ".cache/bench")
    asked = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    with ExitStack() as stack:
        servers = stack.enter_context(workshop.servers())
        url = CELL.url(servers.database("postgresql", "telemetry"))
        endpoint = stack.enter_context(collector())
        values = stack.enter_context(TemporaryDirectory())
        ways = contestants(asked.folder, url, endpoint, values)
        for _ in range(asked.starts):
            with serving(ways) as servers_of:
                for _ in range(asked.rounds):
                    for name in random.sample(list(ways), len(ways)):
                        measured = ways_to_serve.measure(*servers_of[name], SLICE)
                        found.setdefault(name, []).append(measured)
    for name, (than, limit) in LIMITS.items():
        for kind, what in enumerate(("a second", "for a second of CPU")):
            rates = ([each[kind] for each in found[one]] for one in (name, than))
            lost = 1 - ratio(*rates).median
            print(f"{name}: {lost:.1%} fewer requests {what}, at most {limit:.0%}")


if __name__ == "__main__":
    main()
